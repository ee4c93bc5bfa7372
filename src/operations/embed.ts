import * as v from 'valibot'
import { operation } from './operation.ts'
import { Count, ErrorOutput, ModelName } from './schemas.ts'

export const embed = operation({
  name: 'embed',
  summary: 'Turn texts into unit vectors; one result per text, in order.',
  access: 'read',
  input: v.strictObject({
    texts: v.array(v.string()),
    model: v.optional(ModelName),
    kind: v.optional(v.picklist(['query', 'passage']), 'passage'),
  }),
  output: v.object({
    model: v.string(),
    dimensions: v.number(),
    results: v.array(
      v.variant('ok', [
        v.object({
          ok: v.literal(true),
          embedding: v.custom<Float32Array>((value) => value instanceof Float32Array),
          tokens: v.nullable(Count),
          truncated: v.nullable(v.boolean()),
        }),
        v.object({ ok: v.literal(false), error: ErrorOutput }),
      ]),
    ),
  }),
  async run(parts, { texts, model, kind }, { signal, onProgress }) {
    const chosen = model ?? parts.configuration.model
    const { name, spec } = await parts.models.resolve(chosen)
    const embedder = await parts.models.embedder(chosen)
    const embedded = await embedder.embed(texts, {
      kind,
      ...(signal && { signal }),
      onProgress: (done) => onProgress?.({ stage: 'embed', done, total: texts.length, unit: 'texts' }),
    })
    const results = embedded.map((result) =>
      result.ok
        ? { ok: true as const, embedding: result.vector, tokens: result.tokens, truncated: result.truncated }
        : { ok: false as const, error: result.error.toJSON() },
    )
    return { model: name, dimensions: spec.dimensions, results }
  },
})
