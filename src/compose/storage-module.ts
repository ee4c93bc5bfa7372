import { candidateReads } from '../indexes/candidates/procedures.ts'
import { fts5Follower } from '../indexes/lexical/fts5.ts'
import { lexicalReads, lexicalWrites } from '../indexes/lexical/procedures.ts'
import { momentsFollower } from '../indexes/vectors/moments.ts'
import { vectorReads, vectorWrites } from '../indexes/vectors/procedures.ts'
import { vec0Follower } from '../indexes/vectors/vec0.ts'
import { jobReads, jobWrites } from '../records/sqlite/jobs.ts'
import { keyReads, keyWrites } from '../records/sqlite/keys.ts'
import { migrationReads, migrationWrites } from '../records/sqlite/migrations.ts'
import { recordReads } from '../records/sqlite/reads.ts'
import {
  captureMigration,
  indexesMigration,
  recordsMigration,
  servingMigration,
  sidesMigration,
} from '../records/sqlite/schema.ts'
import { transferReads } from '../records/sqlite/transfer/read.ts'
import { transferWrites } from '../records/sqlite/transfer/write.ts'
import { upkeepProcedures } from '../records/sqlite/upkeep/copy.ts'
import { upkeepReads, upkeepWrites } from '../records/sqlite/upkeep/store.ts'
import { waitingReads, waitingWrites } from '../records/sqlite/waiting.ts'
import { recordWrites } from '../records/sqlite/writes.ts'
import { catchUp, findStale } from '../sqlite/followers.ts'
import type { StorageModule } from '../sqlite/procedures.ts'
import { immediately } from '../sqlite/transactions.ts'

const followers = [momentsFollower, fts5Follower, vec0Follower]

const storageModule: StorageModule = {
  migrations: [recordsMigration, indexesMigration, servingMigration, sidesMigration, captureMigration],
  reads: {
    ...recordReads,
    ...vectorReads,
    ...lexicalReads,
    ...candidateReads,
    ...jobReads,
    ...keyReads,
    ...waitingReads,
    ...migrationReads,
    ...upkeepReads,
    ...transferReads,
  },
  writes: {
    ...recordWrites(followers),
    ...vectorWrites,
    ...lexicalWrites,
    ...jobWrites,
    ...keyWrites,
    ...waitingWrites(followers),
    ...migrationWrites(followers),
    ...upkeepWrites(followers),
    ...transferWrites(followers),
  },
  upkeep: upkeepProcedures,
  prepare(connection) {
    if (findStale(connection, followers).length > 0) immediately(connection, () => catchUp(connection, followers))
  },
}

/** The records and the indexes of one file, loaded by every thread that serves it. */
export default storageModule
