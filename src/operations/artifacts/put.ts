import * as v from 'valibot'
import { putArtifacts as put } from '../../memory/artifacts/put.ts'
import { operation } from '../operation.ts'
import { CodeModelName, Count, ErrorOutput, ModelName } from '../schemas.ts'
import { addOptions, ensuredArtifacts } from './parts.ts'
import { ArtifactCollection, ArtifactInput } from './schemas.ts'

export const putArtifacts = operation({
  name: 'artifacts.put',
  summary: 'Store templates, patterns and documents, each as a new version; the kind picks the model that reads it.',
  access: 'write',
  job: 'once',
  input: v.strictObject({
    artifacts: v.pipe(v.array(ArtifactInput), v.maxLength(10_000)),
    collection: ArtifactCollection,
    model: v.optional(v.pipe(ModelName, v.description('Of a new collection; an existing one keeps its own'))),
    codeModel: v.optional(CodeModelName),
  }),
  output: v.object({
    collection: v.string(),
    put: Count,
    failed: Count,
    embedded: Count,
    reused: Count,
    degraded: v.nullable(ErrorOutput),
    results: v.array(
      v.variant('ok', [
        v.object({ ok: v.literal(true), id: v.string(), version: Count }),
        v.object({ ok: v.literal(false), id: v.string(), error: ErrorOutput }),
      ]),
    ),
  }),
  async run(parts, { artifacts, collection, model, codeModel }, context) {
    const store = await ensuredArtifacts(parts, collection, { model, codeModel })
    const report = await put(artifacts, store, addOptions(context, artifacts.length))
    const results = report.results.map((result) =>
      result.ok ? result : { ok: false as const, id: result.id, error: result.error.toJSON() },
    )
    const failed = results.filter(({ ok }) => !ok).length
    const { embedded, reused } = report
    const degraded = report.degraded?.toJSON() ?? null
    return { collection, put: results.length - failed, failed, embedded, reused, degraded, results }
  },
})
