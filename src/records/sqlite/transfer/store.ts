import { SemdexError } from '../../../core/errors.ts'
import type { TransferStore } from '../../../core/ports/transfer-store.ts'
import { caller, type SqlitePool } from '../../../sqlite/procedures.ts'
import type { transferReads } from './read.ts'
import type { transferWrites } from './write.ts'

/** The transfer store over a pool whose module has the procedures of this folder. */
export function openSqliteTransfer(pool: SqlitePool): TransferStore {
  const read = caller<typeof transferReads>(pool, 'read')
  const write = caller<ReturnType<typeof transferWrites>>(pool, 'write')
  return {
    readDocuments: (collection, options) => read('transfer.documents', { collection, ...options }),
    readHistories: (collection, options) => read('transfer.histories', { collection, ...options }),
    async writeDocuments(collection, documents, options) {
      const answers = await write('transfer.writeDocuments', { collection, documents, ...options })
      return answers.map((answer) => (answer.ok ? answer : { ok: false, error: SemdexError.fromJSON(answer.error) }))
    },
    writeHistories: (collection, histories) => write('transfer.writeHistories', { collection, histories }),
  }
}
