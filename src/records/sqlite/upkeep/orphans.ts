import type { Orphans } from '../../../core/ports/upkeep.ts'
import type { Connection } from '../../../sqlite/connection.ts'

/** What belongs to nothing, by kind. */
export function findOrphans(connection: Connection): Orphans[] {
  const counts = KINDS.map(({ what, from }) => ({
    what,
    count: connection.sql<number>(`${USED} select count(*) from ${from}`).pluck().get() as number,
  }))
  return [...counts, { what: INDEX_TABLES, count: abandonedTables(connection).length }].filter(({ count }) => count > 0)
}

/** Removes it, and the changes that later ones replace; run it in a transaction. */
export function sweepOrphans(connection: Connection): Orphans[] {
  const counts = [...KINDS, REPLACED].map(({ what, table, from }) => {
    const key = KEYS[table] ?? 'key'
    const sql = `${USED} delete from ${table} where (${key}) in (select ${key} from ${from})`
    return { what, count: connection.sql(sql).run().changes }
  })
  const tables = abandonedTables(connection)
  for (const name of tables) connection.db.exec(`drop table if exists ${name}`)
  if (counts.some(({ what, count }) => count > 0 && INDEXED.has(what))) connection.db.exec('delete from index_states')
  return [...counts, { what: INDEX_TABLES, count: tables.length }].filter(({ count }) => count > 0)
}

const INDEX_TABLES = 'indexes of collections that are gone'

/** Virtual tables of the indexes; the words of a keyword index go before the index that they are read from. */
function abandonedTables(connection: Connection): string[] {
  const collections = new Set(connection.sql<number>('select key from collections').pluck().all())
  return connection
    .sql<string>("select name from sqlite_schema where type = 'table' and sql like 'create virtual table %'")
    .pluck()
    .all()
    .filter((name) => {
      const key = /^(?:vectors|lexical)_(\d+)(?:_\w+)?$/.exec(name)?.[1]
      return key !== undefined && !collections.has(Number(key))
    })
    .sort()
    .reverse()
}

/** The models of which each collection may have vectors: its sides', and those that a migration comes from or goes to. */
const USED = `
  with used (collection, space) as (
    select key, space from collections
    union select key, code_space from collections where code_space is not null
    union select collection, old_space from migrations
    union select collection, new_space from migrations)`

const NOT_USED = 'not exists (select 1 from used u where u.collection = t.collection and u.space = t.space)'
const NO_COLLECTION = 'not exists (select 1 from collections c where c.key = t.collection)'
const NO_DOCUMENT = 'not exists (select 1 from documents d where d.key = t.document)'
const NO_CHUNK = 'not exists (select 1 from chunks c where c.key = t.chunk)'

/**
 * In the order in which they are removed. Foreign keys keep most of them from ever being there: another program that wrote
 * without them is what makes them.
 */
const KINDS: readonly { what: string; table: string; from: string }[] = [
  { what: 'documents of no collection', table: 'documents', from: `documents t where ${NO_COLLECTION}` },
  { what: 'texts of no document', table: 'texts', from: `texts t where ${NO_DOCUMENT}` },
  { what: 'chunks of no document', table: 'chunks', from: `chunks t where ${NO_DOCUMENT}` },
  { what: 'vectors of no chunk', table: 'vectors', from: `vectors t where ${NO_CHUNK}` },
  { what: 'vectors of models that are not used', table: 'vectors', from: `vectors t where ${NOT_USED}` },
  { what: 'tries of no chunk', table: 'attempts', from: `attempts t where ${NO_CHUNK} or ${NOT_USED}` },
  { what: 'files of no collection', table: 'files', from: `files t where ${NO_COLLECTION}` },
  {
    what: 'files of no document',
    table: 'files',
    from: `files t where document is not null and ${NO_DOCUMENT}`,
  },
  { what: 'revisions of no collection', table: 'revisions', from: `revisions t where ${NO_COLLECTION}` },
  { what: 'migrations of no collection', table: 'migrations', from: `migrations t where ${NO_COLLECTION}` },
  { what: 'means of models that are not used', table: 'moments', from: `moments t where ${NOT_USED}` },
  {
    what: 'vectors to be taken out of such means',
    table: 'moment_changes',
    from: `moment_changes t where ${NOT_USED}`,
  },
  {
    what: 'states of indexes that are gone',
    table: 'index_states',
    from: `index_states t where ${NO_COLLECTION} or (t.space <> 0 and ${NOT_USED})`,
  },
  {
    what: 'models without use',
    table: 'spaces',
    from: `spaces t where not exists (select 1 from used u where u.space = t.key)
      and not exists (select 1 from vectors v where v.space = t.key)`,
  },
]

/** Who follows the changes needs the newest of each document alone. */
const REPLACED = {
  what: 'changes that later ones replace',
  table: 'changes',
  from: `(select sequence, max(sequence) over (partition by collection, document) last from changes) t
    where t.sequence < t.last`,
}

/** Rows that an index may have seen while they were whole: it is made anew. */
const INDEXED: ReadonlySet<string> = new Set([
  'documents of no collection',
  'texts of no document',
  'chunks of no document',
  'vectors of no chunk',
])

/** Primary keys that are not `key`. */
const KEYS: Record<string, string> = {
  texts: 'document',
  attempts: 'chunk, space',
  files: 'collection, path',
  migrations: 'collection, side',
  moments: 'collection, space',
  index_states: 'name, collection, space',
  changes: 'sequence',
}
