import type { ErrorAnswer } from '../../../core/errors.ts'
import { recalledText } from './memory.ts'
import { outline } from './outline.ts'
import { passagesText } from './passages.ts'

/** An answer as an agent reads it with least effort; the same as JSON goes beside it. */
export function toText(operation: string, answer: unknown): string {
  const render = RENDERERS[operation]
  return render ? render(answer as never) : outline(answer)
}

/** `CODE: what is wrong`, and the way out. */
export function errorText({ code, message, fix, details }: ErrorAnswer): string {
  const field = typeof details?.field === 'string' ? `\nField: ${details.field}` : ''
  return `${code}: ${message}${field}${fix ? `\nFix: ${fix}` : ''}`
}

/** Operations whose answers are more than a list of facts. */
const RENDERERS: Record<string, (answer: never) => string> = {
  search: passagesText,
  get: documentText,
  'memory.recall': recalledText,
}

interface Shown {
  id: string
  collection: string
  path: string | null
  lines: [number, number]
  totalLines: number
  text: string
}

function documentText({ id, collection, path, lines: [from, to], totalLines, text }: Shown): string {
  return `${path ?? `${collection}/${id}`}:${from}-${to} (of ${totalLines} lines)\n\n${text}`
}
