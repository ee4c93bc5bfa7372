import type { StorageModule } from '../../src/sqlite/procedures.ts'
import { serveThread } from '../../src/sqlite/thread.ts'

/** Two numbers that all threads see: how many wait, and whether they may go on. */
export type Gate = Int32Array

/** A database without tables, whose reads wait at a gate, or answer at once. */
const waitingModule: StorageModule = {
  migrations: [],
  reads: {
    wait: (_connection, gate: Gate) => {
      Atomics.add(gate, 0, 1)
      Atomics.wait(gate, 1, 0)
      return 'waited'
    },
    answer: () => 'answered',
  },
  writes: {},
  prepare: () => undefined,
}

serveThread(waitingModule)
