import type { Connection } from './connection.ts'

/**
 * What is computed of the database, and kept until anything in it changes: also by another connection or process. For use in a
 * transaction that only reads.
 */
export function whileUnchanged<Value>(connection: Connection, name: string, compute: () => Value): Value {
  const stamp = stampOf(connection)
  const kept = connection.memo.get(name) as { stamp: string; value: Value } | undefined
  if (kept?.stamp === stamp) return kept.value
  const value = compute()
  connection.memo.set(name, { stamp, value })
  return value
}

/** The first number grows with what others commit, the second with each row that this connection changes. */
function stampOf({ sql }: Connection): string {
  return `${sql('pragma data_version').pluck().get()} ${sql('select total_changes()').pluck().get()}`
}
