import { fromBlob } from '../../../core/vectors.ts'

/** What a server answers to one request. */
export interface RemoteVectors {
  /** As the server gives them, one per text, in order. */
  vectors: Float32Array[]
  /** Of the whole request; null where it does not tell. */
  tokens: number | null
  encoding: 'base64' | 'float'
}

/** An answer that is not one, with the reason as the end of a sentence that begins with the server. */
export class WrongAnswer extends Error {
  /** Those that it answers, where they are what is wrong. */
  readonly dimensions: number | null
  /** An answer that may say what is wrong. */
  readonly body: string

  constructor(reason: string, { dimensions = null, body = '' }: { dimensions?: number | null; body?: string } = {}) {
    super(reason)
    this.dimensions = dimensions
    this.body = body
  }
}

/**
 * Reads `{data: [{index, embedding}], usage}`. A vector is a list of numbers, or base64 of little-endian float32;
 * what is not a number becomes NaN.
 * @throws {WrongAnswer}
 */
export function readAnswer(body: string, texts: number, dimensions: number): RemoteVectors {
  const { data, usage } = parse(body)
  if (!Array.isArray(data)) throw new WrongAnswer('answers without a list of embeddings', { body })
  if (data.length !== texts) throw new WrongAnswer(`answers ${data.length} vectors to ${texts} texts`)
  const vectors = new Array<Float32Array | undefined>(texts).fill(undefined)
  let encoding: RemoteVectors['encoding'] = 'float'
  for (const [place, item] of data.entries() as Iterable<[number, Item | null]>) {
    const at = item?.index ?? place
    if (!Number.isInteger(at) || at < 0 || at >= texts || vectors[at]) {
      throw new WrongAnswer(`answers vectors whose places are not those of the ${texts} texts`)
    }
    if (typeof item?.embedding === 'string') encoding = 'base64'
    const vector = readVector(item?.embedding)
    if (vector.length !== dimensions) {
      const reason = `answers vectors of ${vector.length} dimensions, and the model's spec says ${dimensions}`
      throw new WrongAnswer(reason, { dimensions: vector.length })
    }
    vectors[at] = vector
  }
  return { vectors: vectors as Float32Array[], tokens: tokensOf(usage), encoding }
}

interface Item {
  index?: number
  embedding?: unknown
}

interface Usage {
  prompt_tokens?: unknown
  total_tokens?: unknown
}

function parse(body: string): { data?: unknown; usage?: Usage } {
  try {
    return (JSON.parse(body) as object | null) ?? {}
  } catch {
    throw new WrongAnswer('does not answer with JSON')
  }
}

function readVector(embedding: unknown): Float32Array {
  if (Array.isArray(embedding))
    return Float32Array.from(embedding, (value) => (typeof value === 'number' ? value : NaN))
  if (typeof embedding !== 'string') throw new WrongAnswer('answers embeddings that are neither numbers nor base64')
  return fromBlob(Buffer.from(embedding, 'base64'))
}

/** Some servers answer 0 for what they do not count. */
function tokensOf(usage: Usage | undefined): number | null {
  const tokens = usage?.prompt_tokens ?? usage?.total_tokens
  return typeof tokens === 'number' && Number.isInteger(tokens) && tokens > 0 ? tokens : null
}
