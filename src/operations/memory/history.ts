import * as v from 'valibot'
import { history } from '../../memory/history.ts'
import { operation } from '../operation.ts'
import { Count } from '../schemas.ts'
import { recordPlace } from './parts.ts'
import { MemoryCollection, RecordId, RecordOutput } from './schemas.ts'

const { kind, status, confidence, source, tags, capturedAt, supersedes, supersededBy, metadata } = RecordOutput

export const memoryHistory = operation({
  name: 'memory.history',
  summary: 'Show what a record of memory was after each of its changes, oldest first.',
  access: 'read',
  input: v.strictObject({ id: RecordId, collection: MemoryCollection }),
  output: v.object({
    id: v.string(),
    collection: v.string(),
    revisions: v.array(
      v.object({
        version: Count,
        change: v.string(),
        /** Milliseconds since 1970. */
        at: v.number(),
        note: v.record(v.string(), v.any()),
        /** Null where the record was forgotten, as are the fields. */
        text: v.nullable(v.string()),
        fields: v.nullable(
          v.object({ kind, status, confidence, source, tags, capturedAt, supersedes, supersededBy, metadata }),
        ),
      }),
    ),
  }),
  async run(parts, { id, collection }) {
    return { id, collection, revisions: await history(id, await recordPlace(parts, collection, id)) }
  },
})
