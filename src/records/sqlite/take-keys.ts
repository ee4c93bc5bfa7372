import type { Connection } from '../../sqlite/connection.ts'

type Counted = 'documents' | 'chunks' | 'changes'

/** Keys that this connection has taken from a table's counter and has not given to a row yet. */
interface Block {
  next: number
  /** What the counter stood at when it was taken. */
  last: number
  size: number
}

const MOST = 64

/**
 * The first of `count` keys, one after another, above all that the table's rows ever had: for a table with `autoincrement`, in
 * a transaction that holds the write lock.
 *
 * SQLite would write the counter with each row, which is a page more in every small commit. Here it is moved on for up to 64
 * keys at once, the more the more are asked for. Where it has moved since, by another process or by rows without a given key,
 * the rest of the block is left: keys grow in the order in which rows are written, and some are never used.
 */
export function takeKeys(connection: Connection, table: Counted, count: number): number {
  const name = `keys of ${table}`
  const last = connection.sql<number>(LAST).pluck().get(table)
  const known = connection.memo.get(name) as Block | undefined
  const block = known?.last === last ? known : undefined
  const first = block?.next ?? (last ?? 0) + 1
  const free = block ? block.last - block.next + 1 : 0
  if (block && count <= free) {
    block.next += count
    return first
  }
  const size = Math.max(count - free, Math.min(2 * (block?.size ?? 0), MOST))
  const end = (last ?? 0) + size
  connection.sql(last === undefined ? BEGIN : MOVE_ON).run(end, table)
  connection.memo.set(name, { next: first + count, last: end, size } satisfies Block)
  return first
}

const LAST = 'select seq from sqlite_sequence where name = ?'
const BEGIN = 'insert into sqlite_sequence (seq, name) values (?, ?)'
const MOVE_ON = 'update sqlite_sequence set seq = ? where name = ?'
