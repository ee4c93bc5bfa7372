import type { EmbedTimings } from '../../../core/ports/embedder.ts'
import { EXIT } from '../exit-codes.ts'
import { renderTimings } from '../render/timings.ts'
import { type Item, readItems } from '../texts.ts'
import type { Call } from '../verb.ts'
import { choosePrinter, type EmbeddedItem, type EmbeddedPage, type EmbedResult } from './embed-printers.ts'

/** Texts embedded by one call: bounds the memory while a long input streams through. */
const PAGE = 1_024
/** Below this a model on this thread answers sooner than one that is loaded in others. */
const FEW = 8

export async function embedCommand(call: Call): Promise<number> {
  const { flags, output } = call
  const printer = choosePrinter(call)
  let failed = 0
  let index = 0
  let timings: EmbedTimings | null = null
  for await (const items of pages(readItems(call), PAGE)) {
    const page = await embedItems(call, items, index)
    for (const { index: at, result } of page.items) {
      if (result.ok) continue
      failed++
      if (flags.format === 'f32') output.warn(`Text ${at} is a row of NaN: ${result.error.message}`)
    }
    index += items.length
    timings = sumOf(timings, page.timings)
    await printer.print(page)
  }
  call.endProgress()
  await printer.end(timings)
  if (timings && !output.json) output.aside(renderTimings(timings))
  if (failed > 0) output.warn(`${failed} of ${index} texts could not be embedded.`)
  return failed > 0 ? EXIT.partlyFailed : EXIT.ok
}

/** What could not be read as a text is not given to the model. */
async function embedItems(call: Call, items: readonly Item[], from: number): Promise<EmbeddedPage> {
  const { flags } = call
  const texts = items.flatMap(({ text }) => (text === null ? [] : [text]))
  const { model, kind, task, dimensions, encoding, timings } = flags
  const input = { texts, model, kind, task, dimensions, encoding, base64: flags.format === 'base64', timings }
  const { results, ...answer } = await call.run('embed', input, { threads: texts.length > FEW })
  let next = 0
  const resultOf = ({ text, error }: Item): EmbedResult =>
    text === null
      ? { ok: false, error: { code: 'INVALID_INPUT', message: error as string } }
      : (results[next++] as EmbedResult)
  return {
    ...answer,
    items: items.map((item, at): EmbeddedItem => ({ item, index: from + at, result: resultOf(item) })),
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

function sumOf(sum: EmbedTimings | null, added: EmbedTimings | undefined): EmbedTimings | null {
  if (!sum || !added) return added ?? sum
  const stages = Object.entries(sum) as [keyof EmbedTimings, number][]
  return Object.fromEntries(stages.map(([stage, ms]) => [stage, ms + added[stage]])) as unknown as EmbedTimings
}
