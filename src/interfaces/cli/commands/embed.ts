import { SemdexError } from '../../../core/errors.ts'
import { toBlob } from '../../../core/vectors.ts'
import { invoke } from '../../../operations/operation.ts'
import { operations } from '../../../operations/table.ts'
import { EXIT } from '../exit-codes.ts'
import { type Item, readItems } from '../texts.ts'
import type { Call } from '../verb.ts'

/** Texts embedded by one call: bounds the memory while a long input streams through. */
const PAGE = 1_024
/** Below this a model on this thread answers sooner than one that is loaded in others. */
const FEW = 8

type Result =
  | { ok: true; embedding: Float32Array; tokens: number | null; truncated: boolean | null }
  | { ok: false; error: { code: string; message: string } }

interface Embedded {
  item: Item
  index: number
  result: Result
}

export async function embedCommand(call: Call): Promise<number> {
  const { flags, output } = call
  const printer = choosePrinter(call)
  let failed = 0
  let index = 0
  for await (const items of pages(readItems(call), PAGE)) {
    const { results, ...model } = await embedItems(call, items)
    const embedded = items.map((item, at) => ({ item, index: index + at, result: results[at] as Result }))
    for (const { index: at, result } of embedded) {
      if (result.ok) continue
      failed++
      if (flags.format === 'f32') output.warn(`Text ${at} is a row of NaN: ${result.error.message}`)
    }
    index += items.length
    await printer.print(embedded, model)
  }
  call.endProgress()
  await printer.end()
  if (failed > 0) output.warn(`${failed} of ${index} texts could not be embedded.`)
  return failed > 0 ? EXIT.partlyFailed : EXIT.ok
}

interface Model {
  model: string
  dimensions: number
}

/** What could not be read as a text is not given to the model. */
async function embedItems(call: Call, items: readonly Item[]): Promise<Model & { results: Result[] }> {
  const { flags, parts } = call
  const texts = items.flatMap(({ text }) => (text === null ? [] : [text]))
  const input = { texts, model: flags.model, kind: flags.kind }
  const threaded = texts.length > FEW ? call.threadedParts() : parts
  const { results, ...model } = await invoke(await operations.embed(), threaded, input, call.context())
  let next = 0
  return {
    ...model,
    results: items.map(({ text, error }) =>
      text === null
        ? { ok: false, error: { code: 'INVALID_INPUT', message: error as string } }
        : (results[next++] as Result),
    ),
  }
}

async function* pages(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let page: Item[] = []
  for await (const item of items) {
    page.push(item)
    if (page.length < size) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

interface Printer {
  print(embedded: readonly Embedded[], model: Model): Promise<void>
  end(): Promise<void>
}

function choosePrinter({ flags, output }: Call): Printer {
  if (flags.format === 'f32' && output.json) throw conflicting('--format f32 and --json exclude each other.')
  if (flags.format === 'f32' && process.stdout.isTTY) {
    throw conflicting('Raw float32 is nothing for a terminal: send it to a file or a pipe.')
  }
  if (flags.format === 'f32') return { print: (embedded, model) => output.data(rows(embedded, model)), end: noMore }
  if (output.json) return wholePrinter((text) => output.data(text))
  return {
    print: (embedded) => output.data(embedded.map((each) => `${JSON.stringify(line(each))}\n`).join('')),
    end: noMore,
  }
}

/** One JSON value: `{model, dimensions, results: [...]}`. */
function wholePrinter(write: (text: string) => Promise<void>): Printer {
  let begun = false
  return {
    async print(embedded, { model, dimensions }) {
      const head = begun ? ',' : `${JSON.stringify({ model, dimensions }).slice(0, -1)},"results":[`
      begun = true
      await write(head + embedded.map((each) => JSON.stringify(line(each))).join(','))
    },
    end: () => write(begun ? ']}\n' : '{"results":[]}\n'),
  }
}

function line({ item, index, result }: Embedded) {
  const name = { index, ...(item.id !== undefined && { id: item.id }) }
  if (!result.ok) return { ...name, error: result.error }
  const { embedding, tokens, truncated } = result
  return { ...name, embedding: Array.from(embedding), tokens, truncated }
}

/** Rows of little-endian float32; NaN where there is no vector, so that row i stays text i. */
function rows(embedded: readonly Embedded[], { dimensions }: Model): Uint8Array {
  const none = new Float32Array(dimensions).fill(Number.NaN)
  return Buffer.concat(embedded.map(({ result }) => toBlob(result.ok ? result.embedding : none)))
}

async function noMore(): Promise<void> {}

function conflicting(message: string): SemdexError {
  return new SemdexError('INVALID_INPUT', { message, details: { field: 'format' } })
}
