import type { Hit } from '../answers.ts'
import { matcherOf } from './words.ts'

/** Why a hit stands where it stands. */
export interface Reasons {
  /** What meaning and words add to the score, where the rule tells them apart. */
  meaning: number
  words: number
  sentences: string[]
  /** Every number behind it, by its name. */
  numbers: [name: string, value: string][]
  rule: string
}

type Parts = Record<string, number | string | null>

/** The score's explanation in plain words, from the parts that the server names. */
export function explain(
  { explanation, score, text }: Pick<Hit, 'explanation' | 'score' | 'text'>,
  query: string,
): Reasons | null {
  if (!explanation) return null
  const parts = explanation.parts as Parts
  const told = tell(explanation.rule, parts, score, { text, query })
  const numbers = Object.entries(parts).map(([name, value]): [string, string] => [name, shown(value)])
  return { ...told, numbers, rule: `score = ${explanation.rule}` }
}

/** The stems that the server looked up, empty where it looked up none. */
export function stemsOf({ explanation }: Pick<Hit, 'explanation'>): string[] {
  return readStems(explanation?.parts.terms)
}

type Told = Pick<Reasons, 'meaning' | 'words' | 'sentences'>

/** The passage and the question. */
interface Texts {
  text: string
  query: string
}

function tell(rule: string, parts: Parts, score: number, texts: Texts): Told {
  if ('vectorPart' in parts) return byBoth(parts, texts)
  if (rule === 'cosine') return byMeaning(score)
  if (rule.startsWith('bm25')) return byWords(parts, score, texts)
  return byRanks(parts)
}

function byBoth(parts: Parts, texts: Texts): Told {
  const [meaning, words] = [number(parts.vectorPart), number(parts.lexicalPart)]
  return { meaning, words, sentences: [meaningSentence(parts, meaning), wordsSentence(parts, words, texts)] }
}

function meaningSentence(parts: Parts, adds: number): string {
  if (parts.similarity === null) return 'Meaning adds nothing: no vector of this passage could be compared.'
  const [cosine, usual, z] = [number(parts.similarity), number(parts.mean), number(parts.z)]
  const verb = adds < 0 ? `takes ${(-adds).toFixed(2)} away` : `adds ${adds.toFixed(2)}`
  const distance = `${Math.abs(z).toFixed(1)} standard deviations ${z < 0 ? 'below' : 'above'}`
  return `Meaning ${verb}: its cosine with the query is ${cosine.toFixed(3)}, ${distance} the ${usual.toFixed(3)} that is usual here.`
}

function wordsSentence(parts: Parts, adds: number, texts: Texts): string {
  const stems = readStems(parts.terms)
  if (stems.length === 0) return 'Words add nothing: the query has none that could be looked up.'
  const [bm25, best] = [number(parts.bm25), number(parts.bestBm25)]
  if (bm25 === 0) return `Words add nothing: the passage has none of ${listed(stems, texts)}.`
  const rank = bm25 >= best ? 'the best of all passages' : `${Math.round((100 * bm25) / best)} % of the best passage’s`
  return `Words add ${adds.toFixed(2)}: ${heldOf(stems, texts)}, for a BM25 of ${bm25.toFixed(1)}, ${rank}.`
}

/** Which of the stems that were looked up the passage has. */
function heldOf(stems: readonly string[], texts: Texts): string {
  const words = wordsOf(texts.text)
  const held = stems.filter((stem) => words.some(matcherOf('', [stem])))
  if (held.length === stems.length) return `the passage has ${listed(stems, texts)}`
  const missing = stems.filter((stem) => !held.includes(stem))
  return held.length === 0
    ? 'its heading or title has words of the query'
    : `the passage has ${listed(held, texts)}, not ${listed(missing, texts)}`
}

function byMeaning(score: number): Told {
  const sentence = `Ranked by meaning alone: the cosine of query and passage is ${score.toFixed(3)}, where 1 says the same and 0 nothing alike.`
  return { meaning: score, words: 0, sentences: [sentence] }
}

function byWords(parts: Parts, score: number, texts: Texts): Told {
  const share = `${Math.round(100 * score)} % of the most that any passage could reach`
  const bm25 = number(parts.bm25).toFixed(1)
  const sentence = `Ranked by words alone: ${heldOf(readStems(parts.terms), texts)}, for a BM25 of ${bm25}, ${share}.`
  return { meaning: 0, words: score, sentences: [sentence] }
}

function byRanks(parts: Parts): Told {
  const place = (value: number | string | null | undefined, list: string) =>
    typeof value === 'number' ? `number ${value} by ${list}` : `not found by ${list}`
  const sentence = `It is ${place(parts.vectorRank, 'meaning')} and ${place(parts.lexicalRank, 'words')}; the score adds up both ranks.`
  const share = (value: number | string | null | undefined) => (typeof value === 'number' ? 1 / (60 + value) : 0)
  return { meaning: share(parts.vectorRank), words: share(parts.lexicalRank), sentences: [sentence] }
}

function readStems(terms: number | string | null | undefined): string[] {
  return typeof terms === 'string' ? terms.split(' ').filter((term) => term !== '') : []
}

/** Each stem as the question says it. */
function listed(stems: readonly string[], { query }: Texts): string {
  const asked = wordsOf(query)
  return stems.map((stem) => `“${asked.find(matcherOf('', [stem])) ?? stem}”`).join(', ')
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []
}

function number(value: number | string | null | undefined): number {
  return typeof value === 'number' ? value : 0
}

function shown(value: number | string | null): string {
  if (typeof value === 'number') return value.toFixed(4)
  return value === null || value === '' ? '–' : value
}
