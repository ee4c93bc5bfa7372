import type { Storage } from '../core/parts.ts'
import { type Analysis, memoryCandidates, memoryLexicalIndex, memoryVectorIndex } from './memory-indexes.ts'
import { memoryJobs } from './memory-jobs.ts'
import { memoryKeys } from './memory-keys.ts'
import { memoryMigrations } from './memory-migrations.ts'
import { memoryRecords } from './memory-records.ts'
import { createState } from './memory-state.ts'
import { memoryWaiting } from './memory-waiting.ts'

/**
 * Records and both indexes in plain arrays and loops: too slow for use, too simple to be wrong. What property tests
 * compare adapters with.
 *
 * @param analysis how the lexical index that is compared cuts texts and queries into terms
 */
export function openMemoryStorage(analysis: Analysis): Storage {
  const state = createState()
  const locks = new Set<string>()
  return {
    file: ':memory:',
    records: memoryRecords(state),
    waiting: memoryWaiting(state),
    migrations: memoryMigrations(state),
    jobs: memoryJobs(state),
    keys: memoryKeys(state),
    upkeep: null,
    transfer: null,
    vectorIndex: (collection, model) => memoryVectorIndex(state, collection, model),
    lexicalIndex: (collection) => memoryLexicalIndex(state, collection, analysis),
    candidates: (collection, query) => memoryCandidates(state, collection, analysis, query),
    async tryLock(name) {
      if (locks.has(name)) return null
      locks.add(name)
      return { close: () => void locks.delete(name) }
    },
    async close() {
      state.closed = true
    },
  }
}
