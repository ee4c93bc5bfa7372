import type { Connection } from '../../../sqlite/connection.ts'

/** The tables of the indexes, by name. */
export function listIndexes(connection: Connection): string[] {
  return connection.sql<string>(INDEXES).pluck().all()
}

/** False where there is nothing to gain, or no such index. Run it in a transaction. */
export function compactIndex(connection: Connection, name: string): boolean {
  if (!listIndexes(connection).includes(name)) return false
  const sql = connection.sql<string>('select sql from sqlite_schema where name = ?').pluck().get(name) as string
  if (/ using fts5/i.test(sql)) return optimise(connection, name)
  return connection.vec !== null && hasGaps(connection, name) && rewrite(connection, name, sql)
}

/** Merges the segments into one, without the terms of what was removed. */
function optimise({ db }: Connection, name: string): boolean {
  const changes = () => db.prepare<[], number>('select total_changes()').pluck().get() as number
  const before = changes()
  db.exec(`insert into ${name} (${name}) values ('optimize')`)
  return changes() > before + 1
}

/** vec0 stores vectors in blocks and gives a block back when it is empty, not before. */
function hasGaps({ db }: Connection, name: string): boolean {
  const { blocks, size } = db
    .prepare<[], { blocks: number; size: number }>(`select count(*) blocks, max(size) size from ${name}_chunks`)
    .get() as { blocks: number; size: number }
  const rows = db.prepare<[], number>(`select count(*) from ${name}_rowids`).pluck().get() as number
  return blocks > Math.ceil(rows / (size || 1))
}

/** Makes the table anew with the rows that it has. The copy beside it goes with the transaction, its space with `shrink`. */
function rewrite({ db }: Connection, name: string, sql: string): boolean {
  const columns = db.prepare<[string], string>('select name from pragma_table_info(?)').pluck().all(name).join(', ')
  const copy = `${name}_before`
  db.exec(`
    create table ${copy} as select rowid as id, ${columns} from ${name} order by rowid;
    drop table ${name};
    ${sql};
    insert into ${name} (rowid, ${columns}) select id, ${columns} from ${copy};
    drop table ${copy}`)
  return true
}

const INDEXES = `
  select name from sqlite_schema
  where type = 'table' and (sql like 'create virtual table % using vec0%' or sql like 'create virtual table % using fts5 %')
  order by name`
