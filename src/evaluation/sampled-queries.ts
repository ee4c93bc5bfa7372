import type { ChunkRecord } from '../core/documents.ts'
import type { ComparedQuery } from './compare-indexes.ts'

/** Words of a query that is taken from a document. */
const FEWEST = 2
const MOST = 15

/** A query that a document answers, made of its title or the first sentence of a chunk; null where it has none of words. */
export function queryOf({ title, text, documentId, place }: ChunkRecord): ComparedQuery | null {
  const line = text.split('\n').find((each) => wordsOf(each).length >= FEWEST) ?? ''
  const sentence = line.split(/(?<=[.!?。！？])\s/)[0] as string
  const candidates = [place.heading.length === 0 ? title : null, sentence, place.heading.at(-1), title]
  const words = candidates.map((each) => wordsOf(each ?? '')).find(({ length }) => length >= FEWEST)
  const query = words ? words.slice(0, MOST).join(' ') : withoutBlanks(text)
  return query === null ? null : { text: query, judgements: new Map([[documentId, 1]]) }
}

/** The beginning of a text whose script has no blanks between words; null where it has no such script. */
function withoutBlanks(text: string): string | null {
  const begin =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]{4,30}/u
  return begin.exec(text)?.[0] ?? null
}

/** Without markup and punctuation at their ends; a path is no word. */
function wordsOf(text: string): string[] {
  const trimmed = text.split(/\s+/).map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
  return trimmed.filter((word) => word !== '' && !/[\\/]/.test(word))
}
