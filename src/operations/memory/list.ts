import * as v from 'valibot'
import { assertKind } from '../../memory/errors.ts'
import { list } from '../../memory/list.ts'
import { STATUSES } from '../../memory/record.ts'
import { restrictionFilter } from '../../memory/restriction.ts'
import { makeCursor, readCursor } from '../cursor.ts'
import { operation } from '../operation.ts'
import { limitUpTo } from '../schemas.ts'
import { memoryPlace } from './parts.ts'
import { MemoryCollection, RecordOutput, RestrictionInput, showRecord } from './schemas.ts'

export const listMemory = operation({
  name: 'memory.list',
  summary: 'List the records of memory page by page, oldest first.',
  access: 'read',
  input: v.strictObject({
    status: v.optional(
      v.pipe(v.picklist([...STATUSES, 'any']), v.description('Only records of this status')),
      'active',
    ),
    ...RestrictionInput,
    limit: limitUpTo(200, 50, 'The most records of a page'),
    cursor: v.optional(v.pipe(v.string(), v.description('Of the page before: where this one begins'))),
    collection: MemoryCollection,
  }),
  output: v.object({
    records: v.array(v.object({ ...RecordOutput, text: v.string() })),
    /** For the page after; null where this is the last. */
    cursor: v.nullable(v.string()),
  }),
  async run(parts, { collection, status, limit, cursor, ...restriction }) {
    for (const kind of restriction.kinds ?? []) assertKind(kind, parts.configuration.memoryKinds)
    const filter = restrictionFilter({ ...restriction, ...(status !== 'any' && { status }) })
    const after = cursor === undefined ? 0 : readCursor(cursor, 'memory.list')
    const place = await memoryPlace(parts, collection)
    if (!place) return { records: [], cursor: null }
    const { records, next } = await list({ filter, limit, after }, place)
    const shown = records.map((record) => ({ ...showRecord(record), text: record.text }))
    return { records: shown, cursor: next === null ? null : makeCursor(next) }
  },
})
