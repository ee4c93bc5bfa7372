import type { Connection } from './connection.ts'
import { isFatal } from './errors.ts'

/** Runs `work` in a transaction that takes the write lock first, so that what it reads cannot change under it. */
export function immediately<T>(connection: Connection, work: () => T): T {
  return transact(connection, 'begin immediate', work)
}

/** Runs `work` on one snapshot of the database. */
export function consistently<T>(connection: Connection, work: () => T): T {
  return transact(connection, 'begin', work)
}

/** Runs `work` so that a failure undoes it alone; a failure that costs the whole transaction is thrown. */
export function attempt<T>(
  connection: Connection,
  work: () => T,
): { ok: true; value: T } | { ok: false; error: unknown } {
  connection.sql('savepoint attempt').run()
  try {
    const value = work()
    connection.sql('release attempt').run()
    return { ok: true, value }
  } catch (error) {
    connection.memo.clear()
    if (isFatal(error) || !connection.db.inTransaction) throw error
    connection.sql('rollback to attempt').run()
    connection.sql('release attempt').run()
    return { ok: false, error }
  }
}

/** To be thrown in a transaction: it is rolled back, and answers this. */
export class Undone extends Error {
  readonly answer: unknown

  constructor(answer: unknown) {
    super('The transaction is undone.')
    this.answer = answer
  }
}

function transact<T>(connection: Connection, begin: string, work: () => T): T {
  connection.sql(begin).run()
  try {
    const result = work()
    connection.sql('commit').run()
    return result
  } catch (thrown) {
    connection.memo.clear()
    if (connection.db.inTransaction) connection.sql('rollback').run()
    if (thrown instanceof Undone) return thrown.answer as T
    throw thrown
  }
}
