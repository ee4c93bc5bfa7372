import { SemdexError } from '../../core/errors.ts'
import type { EmbedTimings } from '../../core/ports/embedder.ts'
import type { Progress } from '../../operations/operation.ts'

/** `float32`: four bytes a number. `int8`: one, with a scale. `binary`: one bit, its sign. */
export type Encoding = 'float32' | 'int8' | 'binary'

interface Arrays {
  float32: Float32Array
  int8: Int8Array
  binary: Uint8Array
}

export interface Embedding<E extends Encoding = 'float32', Text extends boolean = false> {
  /** Shape [dimensions], unit length; of binary [dimensions / 8], the first dimension in the highest bit; or base64. */
  vector: Text extends true ? string : Arrays[E]
  /** Of int8 alone: what its numbers are multiplied with. */
  scale?: number
  model: string
  dimensions: number
  /** Null where a remote model does not tell. */
  tokens: number | null
  /** True where the text was longer than the model's limit and its end was left out; null as above. */
  truncated: boolean | null
  /** True where halves of surrogate pairs stood alone in the text: the model read U+FFFD in their places. Else left out. */
  repaired?: true
}

/** One per text, in order. */
export type EmbeddingResult<E extends Encoding = 'float32', Text extends boolean = false> =
  | ({ ok: true } & Embedding<E, Text>)
  | { ok: false; error: SemdexError }

export interface EmbeddingOptions<E extends Encoding = 'float32', Text extends boolean = false> {
  /** Default: the configured model, else the embedded default. */
  model?: string
  /** What the text is to the model. Default `passage`. */
  kind?: 'query' | 'passage'
  /** One of the model's tasks, instead of what the kind means to it. */
  task?: string
  /** One of the model's Matryoshka widths. Default: all. */
  dimensions?: number
  /** Default `float32`. */
  encoding?: E
  /** True: vectors are base64 of their bytes, float32 in little-endian order. */
  base64?: Text
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
  /** Told once what the call took, in milliseconds. */
  onTimings?: (timings: EmbedTimings) => void
}

interface Answer {
  model: string
  dimensions: number
  results: (
    | {
        ok: true
        embedding: Arrays[Encoding] | string
        scale?: number | undefined
        tokens: number | null
        truncated: boolean | null
        repaired?: true | undefined
      }
    | { ok: false; error: object }
  )[]
}

/** The results of the operation `embed`, as the library gives them. */
export function embeddingResults<E extends Encoding, Text extends boolean>({ model, dimensions, results }: Answer) {
  return results.map((result): EmbeddingResult<E, Text> => {
    if (!result.ok) return { ok: false, error: SemdexError.fromJSON(result.error as never) }
    const { ok, embedding, scale, tokens, truncated, repaired } = result
    const vector = embedding as Embedding<E, Text>['vector']
    const counts = { tokens, truncated, ...(repaired && { repaired }) }
    return { ok, vector, ...(scale !== undefined && { scale }), model, dimensions, ...counts }
  })
}
