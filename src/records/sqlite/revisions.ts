import type { Revision } from '../../core/ports/record-store.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { decodeNullable, decodeText, encodeText, type TextValue } from '../../sqlite/text.ts'

export function readRevisions(connection: Connection, collection: number, id: string): Revision[] {
  return connection
    .sql<RevisionRow>('select * from revisions where collection = ? and document = ? order by version')
    .all(collection, encodeText(id))
    .map(({ version, change, at, note, title, text, metadata }) => ({
      version,
      change: decodeText(change),
      at,
      note: JSON.parse(note),
      title: decodeNullable(title),
      text: decodeNullable(text),
      metadata: metadata === null ? null : JSON.parse(metadata),
    }))
}

interface RevisionRow {
  version: number
  change: TextValue
  at: number
  note: string
  title: TextValue | null
  text: TextValue | null
  metadata: string | null
}
