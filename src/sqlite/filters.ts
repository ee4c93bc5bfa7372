import type { Filterable, FilterNode } from '../core/filter.ts'
import { matches } from '../core/filter.ts'
import type { Connection } from './connection.ts'
import { isHeld } from './followed.ts'
import type { CollectionSpace } from './spaces.ts'
import { decodeNullable, decodeText, type TextValue } from './text.ts'

/**
 * The keys of a collection's documents that pass, ascending, after a key.
 *
 * The filter is evaluated by the reference itself, over the documents' narrow rows: some microseconds each.
 */
export function* filteredDocuments(
  connection: Connection,
  collection: number,
  filter: FilterNode | undefined,
  after = 0,
): Generator<number> {
  const rows = connection.db
    .prepare<[number, number], Row>(
      'select key, id, path, metadata from documents where collection = ? and key > ? order by key',
    )
    .raw()
    .iterate(collection, after) as IterableIterator<Row>
  let json = '{}'
  let value: Filterable['metadata'] = {}
  for (const [key, id, path, metadata] of rows) {
    if (filter) {
      if (metadata !== json) {
        json = metadata
        value = JSON.parse(metadata)
      }
      if (!matches(filter, { id: decodeText(id), path: decodeNullable(path), metadata: value })) continue
    }
    yield key
  }
}

/** The keys of the chunks of the active documents that pass, ascending; of those alone that a space's index holds. */
export function filteredChunks(
  connection: Connection,
  collection: number,
  filter: FilterNode,
  space?: CollectionSpace,
): number[] {
  const documents = [...filteredDocuments(connection, collection, filter)]
  const sql = `
    select c.key from json_each(?) j cross join documents d on d.key = j.value cross join chunks c on c.document = d.key
    where ${space ? isHeld(space) : 'd.active = 1'} order by c.key`
  return connection.sql<number>(sql).pluck().all(JSON.stringify(documents))
}

type Row = [key: number, id: TextValue, path: TextValue | null, metadata: string]
