import { SemdexError } from '../../../core/errors.ts'
import type { EmbedTimings } from '../../../core/ports/embedder.ts'
import { toBlob } from '../../../core/vectors.ts'
import type { Item } from '../texts.ts'
import type { Call } from '../verb.ts'

export type EmbedResult =
  | {
      ok: true
      /** Numbers as a list where they came from a daemon. */
      embedding: Float32Array | Int8Array | Uint8Array | number[] | string
      scale?: number
      tokens: number | null
      truncated: boolean | null
      repaired?: true
    }
  | { ok: false; error: { code: string; message: string } }

export interface EmbeddedItem {
  item: Item
  index: number
  result: EmbedResult
}

export interface EmbeddedPage {
  model: string
  dimensions: number
  encoding: string
  items: EmbeddedItem[]
  timings?: EmbedTimings | undefined
}

export interface Printer {
  print(page: EmbeddedPage): Promise<void>
  end(timings: EmbedTimings | null): Promise<void>
}

/** @throws {SemdexError} `INVALID_INPUT` where the flags exclude each other. */
export function choosePrinter({ flags: { format, encoding = 'float32' }, output }: Call): Printer {
  if (format === 'f32') {
    if (output.json) throw conflicting('--format f32 and --json exclude each other.')
    if (encoding !== 'float32') {
      const fix = 'leave out --format, or take --format base64'
      throw conflicting(`--format f32 writes float32, not ${encoding}.`, fix)
    }
    if (process.stdout.isTTY) throw conflicting('Raw float32 is nothing for a terminal: send it to a file or a pipe.')
    return { print: (page) => output.data(rows(page)), end: noMore }
  }
  if (output.json) return wholePrinter((text) => output.data(text))
  return {
    print: ({ items }) => output.data(items.map((each) => `${JSON.stringify(line(each))}\n`).join('')),
    end: noMore,
  }
}

/** One JSON value: `{model, dimensions, encoding, results: [...], timings}`. */
function wholePrinter(write: (text: string) => Promise<void>): Printer {
  let begun = false
  return {
    async print({ model, dimensions, encoding, items }) {
      const head = begun ? ',' : `${JSON.stringify({ model, dimensions, encoding }).slice(0, -1)},"results":[`
      begun = true
      await write(head + items.map((each) => JSON.stringify(line(each))).join(','))
    },
    end: (timings) =>
      write(begun ? `]${timings ? `,"timings":${JSON.stringify(timings)}` : ''}}\n` : '{"results":[]}\n'),
  }
}

function line({ item, index, result }: EmbeddedItem) {
  const name = { index, ...(item.id !== undefined && { id: item.id }) }
  if (!result.ok) return { ...name, error: result.error }
  const { ok: _, embedding, scale, ...counts } = result
  const numbers = typeof embedding === 'string' ? embedding : Array.from(embedding)
  return { ...name, embedding: numbers, ...(scale !== undefined && { scale }), ...counts }
}

/** Rows of little-endian float32; NaN where there is no vector, so that row i stays text i. */
function rows({ items, dimensions }: EmbeddedPage): Uint8Array {
  const none = new Float32Array(dimensions).fill(Number.NaN)
  return Buffer.concat(items.map(({ result }) => toBlob(result.ok ? toFloats(result.embedding) : none)))
}

function toFloats(embedding: Extract<EmbedResult, { ok: true }>['embedding']): Float32Array {
  return embedding instanceof Float32Array ? embedding : Float32Array.from(embedding as number[])
}

async function noMore(): Promise<void> {}

function conflicting(message: string, fix?: string): SemdexError {
  return new SemdexError('INVALID_INPUT', { message, ...(fix !== undefined && { fix }), details: { field: 'format' } })
}
