import { SemdexError } from '../../../core/errors.ts'
import { EXIT } from '../exit-codes.ts'
import { renderReranked } from '../render/rerank.ts'
import { type Item, readItems } from '../texts.ts'
import type { Call } from '../verb.ts'

export async function rerankCommand(call: Call): Promise<number> {
  const { flags, output } = call
  const [query, ...passages] = call.positionals
  const items = await readPassages({ ...call, positionals: passages })
  const readable = items.flatMap(({ text }, at) => (text === null ? [] : [{ text, at }]))
  const input = { query, passages: readable.map(({ text }) => text), model: flags.model, limit: flags.limit }
  const { model, results, failed } = await call.run('rerank', input)
  call.endProgress()

  const place = <T extends { index: number }>({ index, ...rest }: T) => {
    const at = readable[index]?.at as number
    return { index: at, ...nameOf(items[at]), ...rest }
  }
  const answer = {
    model,
    results: results.map(place),
    failed: [...failed.map(place), ...unreadable(items)].sort((a, b) => a.index - b.index),
  }
  await output.data(output.json ? `${JSON.stringify(answer)}\n` : renderReranked(answer, items, output))
  for (const { index, error } of answer.failed) if (!output.json) output.warn(`Passage ${index}: ${error.message}`)
  return answer.failed.length > 0 ? EXIT.partlyFailed : EXIT.ok
}

async function readPassages(call: Call): Promise<Item[]> {
  const files = (call.flags.file as string[] | undefined) ?? []
  if (call.positionals.length + files.length === 0 && process.stdin.isTTY) {
    throw new SemdexError('INVALID_INPUT', {
      message: 'There is no passage to rank.',
      fix: 'semdex rerank "a question" "a passage" "another", or semdex rerank "a question" < passages.txt',
    })
  }
  const items: Item[] = []
  for await (const item of readItems(call)) items.push(item)
  return items
}

function nameOf(item: Item | undefined): { id?: string | number } {
  return item?.id === undefined ? {} : { id: item.id }
}

function unreadable(items: readonly Item[]) {
  return items.flatMap((item, index) => {
    const error = { code: 'INVALID_INPUT', message: item.error ?? '' }
    return item.text === null ? [{ index, ...nameOf(item), error }] : []
  })
}
