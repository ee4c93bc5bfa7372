import * as v from 'valibot'
import { removeArtifacts as remove } from '../../memory/artifacts/read.ts'
import { operation } from '../operation.ts'
import { Count, DocumentId, ErrorOutput } from '../schemas.ts'
import { existingArtifacts } from './parts.ts'
import { ArtifactCollection } from './schemas.ts'

export const removeArtifacts = operation({
  name: 'artifacts.remove',
  summary: 'Remove artifacts with the contents of their versions; that they were there stays known.',
  access: 'write',
  input: v.strictObject({
    ids: v.pipe(v.array(DocumentId), v.maxLength(10_000)),
    collection: ArtifactCollection,
  }),
  output: v.object({
    removed: Count,
    failed: Count,
    results: v.array(
      v.variant('ok', [
        v.object({ ok: v.literal(true), id: v.string() }),
        v.object({ ok: v.literal(false), id: v.string(), error: ErrorOutput }),
      ]),
    ),
  }),
  async run(parts, { ids, collection }) {
    const removed = await remove(ids, await existingArtifacts(parts, collection))
    const results = removed.map((result) =>
      result.ok ? result : { ok: false as const, id: result.id, error: result.error.toJSON() },
    )
    const failed = results.filter(({ ok }) => !ok).length
    return { removed: results.length - failed, failed, results }
  },
})
