import type { Example } from '../../src/interfaces/http/openapi/examples.ts'
import { fromRepository } from '../support/paths.ts'

/** Recorded examples as they can be read: long lists and texts cut, and what differs between machines said alike. */
export function tidy(
  examples: Record<string, Example>,
  { folder, url }: { folder: string; url: string },
): Record<string, Example> {
  const replaced = JSON.stringify(examples)
    .replaceAll(folder, '/home/ada')
    .replaceAll(fromRepository('models'), '/home/ada/node_modules/@semdex')
    .replaceAll(url, 'http://127.0.0.1:7333')
    .replaceAll(/job_[\w-]{16}/g, 'job_Yc39XnhPWHqLmytX')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '4f7c2a9e-8d31-4b6f-9a05-c1e2d3f4a5b6')
    .replaceAll(/semdex_([0-9a-f]{12})_[\w-]{43}/g, 'semdex_$1_…')
  const keys = [...new Set([...replaced.matchAll(/semdex_([0-9a-f]{12})_…/g)].map(([, id]) => id as string))]
  const known = keys.reduce((text, id) => text.replaceAll(id, '0f1e2d3c4b5a'), replaced)
  const parsed = JSON.parse(known) as Record<string, Example>
  return Object.fromEntries(
    Object.entries(parsed).map(([route, example]) => [route, { ...example, answer: shorten(example.answer) }]),
  )
}

const LIST = { numbers: 4, others: 2 }
const TEXT = { characters: 400, lines: 12 }

function shorten(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(4))
  if (typeof value === 'string') return shortenText(value)
  if (Array.isArray(value)) return shortenList(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, shorten(child)]))
}

function shortenList(list: readonly unknown[]): unknown[] {
  const most = list.every((each) => typeof each === 'number') ? LIST.numbers : LIST.others
  const shown = list.slice(0, most).map(shorten)
  return list.length > most ? [...shown, '…'] : shown
}

function shortenText(text: string): string {
  const lines = text.split('\n')
  const shown = lines.length > TEXT.lines ? `${lines.slice(0, TEXT.lines).join('\n')}\n…` : text
  return shown.length > TEXT.characters * 4 ? `${shown.slice(0, TEXT.characters)}…` : shown
}
