import { recordReads } from '../../src/records/sqlite/reads.ts'
import {
  indexesMigration,
  recordsMigration,
  servingMigration,
  sidesMigration,
} from '../../src/records/sqlite/schema.ts'
import { recordWrites } from '../../src/records/sqlite/writes.ts'
import type { StorageModule } from '../../src/sqlite/procedures.ts'

/** Records alone, without indexes: what indexing needs of a database. */
export default {
  migrations: [recordsMigration, indexesMigration, servingMigration, sidesMigration],
  reads: recordReads,
  writes: recordWrites([]),
  prepare: () => undefined,
} satisfies StorageModule
