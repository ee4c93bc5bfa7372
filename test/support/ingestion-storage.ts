import { recordReads } from '../../src/records/sqlite/reads.ts'
import { indexesMigration, recordsMigration, sidesMigration } from '../../src/records/sqlite/schema.ts'
import { recordWrites } from '../../src/records/sqlite/writes.ts'
import type { StorageModule } from '../../src/sqlite/procedures.ts'

/** Records alone, without indexes: what indexing needs of a database. */
export default {
  migrations: [recordsMigration, indexesMigration, sidesMigration],
  reads: recordReads,
  writes: recordWrites([]),
  prepare: () => undefined,
} satisfies StorageModule
