import * as v from 'valibot'
import type { Parts } from '../core/parts.ts'
import type { EmbedInput, EmbedTimings } from '../core/ports/embedder.ts'
import { toBinary, toBlob, toInt8 } from '../core/vectors.ts'
import { operation } from './operation.ts'
import { Count, described, ErrorOutput, ModelName, StageTimings } from './schemas.ts'

/** What a number of a vector becomes: four bytes, one, or a bit. */
export const Encoding = v.picklist(['float32', 'int8', 'binary'])
export type Encoding = v.InferOutput<typeof Encoding>

/** By encoding; of binary the bits, the first dimension in the highest of the first byte; or base64. */
type Encoded = Float32Array | Int8Array | Uint8Array | string
const ENCODED = [Float32Array, Int8Array, Uint8Array]

const TokenIds = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1))),
  v.description("In place of a text: ids of the model's own tokenizer"),
)

export const embed = operation({
  name: 'embed',
  summary: 'Turn texts into unit vectors; one result per text, in order.',
  access: 'read',
  agents: false,
  input: v.strictObject({
    texts: v.array(v.union([v.string(), TokenIds])),
    model: v.optional(v.pipe(ModelName, v.description('Default: the configured model'))),
    kind: v.optional(
      v.pipe(v.picklist(['query', 'passage']), v.description('What the texts are: many models embed them differently')),
      'passage',
    ),
    task: v.optional(
      v.pipe(
        v.string(),
        v.minLength(1, 'A task is not empty'),
        v.description("One of the model's tasks, instead of what the kind means to it"),
      ),
    ),
    dimensions: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.description("One of the model's Matryoshka widths")),
    ),
    encoding: v.optional(
      v.pipe(Encoding, v.description('What a number of a vector becomes: four bytes, one, or a bit')),
      'float32',
    ),
    base64: v.optional(
      v.pipe(v.boolean(), v.description("The vector's bytes as text; of float32 in little-endian order")),
      false,
    ),
    timings: v.optional(v.pipe(v.boolean(), v.description('Say what each stage took')), false),
  }),
  output: v.object({
    model: v.string(),
    dimensions: v.number(),
    encoding: Encoding,
    results: v.array(
      v.variant('ok', [
        v.object({
          ok: v.literal(true),
          embedding: described(
            v.custom<Encoded>((value) => ENCODED.some((type) => value instanceof type) || typeof value === 'string'),
            { anyOf: [{ type: 'array', items: { type: 'number' } }, { type: 'string' }] },
          ),
          /** Of int8: what its numbers are multiplied with. */
          scale: v.optional(v.number()),
          tokens: v.nullable(Count),
          truncated: v.nullable(v.boolean()),
          /** Halves of surrogate pairs stood alone in the text: the model read U+FFFD in their places. */
          repaired: v.optional(v.literal(true)),
        }),
        v.object({ ok: v.literal(false), error: ErrorOutput }),
      ]),
    ),
    timings: v.optional(StageTimings),
  }),
  async run(
    parts,
    { texts, model, kind, task, dimensions, encoding, base64, timings },
    { signal, onProgress, onStage },
  ) {
    const chosen = model ?? parts.configuration.model
    const { name, spec } = await parts.models.resolve(chosen)
    const { embedder, load } = await loadModel(parts, chosen)
    let measured: EmbedTimings | undefined
    const began = performance.now()
    const embedded = await embedder.embed(texts.map(toInput), {
      kind,
      ...(task !== undefined && { task }),
      ...(dimensions !== undefined && { dimensions }),
      ...(signal && { signal }),
      onProgress: (done) => onProgress?.({ stage: 'embed', done, total: texts.length, unit: 'texts' }),
      onTimings: (times) => {
        measured = { ...times, load: times.load + load, total: times.total + load }
      },
    })
    onStage?.({ name: 'load', began: began - load, ended: began })
    onStage?.({ name: 'embed', began, ended: performance.now() })
    const results = embedded.map((result) =>
      result.ok
        ? {
            ok: true as const,
            ...encode(result.vector, encoding, base64),
            tokens: result.tokens,
            truncated: result.truncated,
            ...(result.repaired && { repaired: result.repaired }),
          }
        : { ok: false as const, error: result.error.toJSON() },
    )
    const answer = { model: name, dimensions: dimensions ?? spec.dimensions, encoding, results }
    return timings && measured ? { ...answer, timings: measured } : answer
  },
})

function toInput(text: string | number[]): EmbedInput {
  return typeof text === 'string' ? text : Int32Array.from(text)
}

/** `load` is what the caller waited for the model, in milliseconds; next to nothing where it is open. */
async function loadModel({ models }: Parts, name: string | null) {
  const began = performance.now()
  const embedder = await models.embedder(name)
  return { embedder, load: performance.now() - began }
}

function encode(vector: Float32Array, encoding: Encoding, base64: boolean) {
  if (encoding === 'float32') return { embedding: base64 ? toBase64(toBlob(vector)) : vector }
  if (encoding === 'binary') return { embedding: base64 ? toBase64(toBinary(vector)) : toBinary(vector) }
  const { values, scale } = toInt8(vector)
  return { embedding: base64 ? toBase64(values) : values, scale }
}

function toBase64({ buffer, byteOffset, byteLength }: Uint8Array | Int8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
