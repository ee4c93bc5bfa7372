import { FeatureCounts, HASH_SEED, hashStep } from './hashed-features.ts'

/** Power of two: how many weights each class of queries has. */
export const QUERY_BUCKETS = 16_384

const LONGEST_QUERY = 1_000
const [SHORTEST_GRAM, LONGEST_GRAM] = [3, 5]
const LONGEST_SHAPE = 5

const words = new FeatureCounts(QUERY_BUCKETS)
const grams = new FeatureCounts(QUERY_BUCKETS)
const shapes = new FeatureCounts(QUERY_BUCKETS)

/** What the classifier sees of a query: its words and pairs of words, the beginnings of words, parts of words, and its shape. */
export function queryFeatures(query: string, sink: (bucket: number, weight: number) => void): void {
  const text = query.slice(0, LONGEST_QUERY)
  countWords(text.toLowerCase())
  countShapes(text)
  words.drain(1, sink)
  grams.drain(0.5, sink)
  shapes.drain(1, sink)
}

function countWords(text: string): void {
  let previous = hashOf('^', 1)
  for (const word of text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []) {
    const hash = hashOf(word, 2)
    words.add(hash)
    words.add(hashStep(hashStep(previous, hash & 0xffff), hash >>> 16))
    previous = hash
    if (word.length > 2) countGrams(`<${word}>`)
  }
}

function countGrams(word: string): void {
  for (let start = 0; start + SHORTEST_GRAM <= word.length; start++) {
    let hash = hashStep(HASH_SEED, 3)
    for (let at = start; at < Math.min(word.length, start + LONGEST_GRAM); at++) {
      hash = hashStep(hash, word.charCodeAt(at))
      if (at - start + 1 >= SHORTEST_GRAM) grams.add(hash)
    }
  }
}

/** Letters and digits as classes, runs as one, punctuation as it is: `fooBar(1)` is `aAa(0)`. */
function countShapes(text: string): void {
  const shape = text
    .replaceAll(/\p{Ll}+|\p{Lo}+/gu, 'a')
    .replaceAll(/\p{Lu}+/gu, 'A')
    .replaceAll(/\p{N}+/gu, '0')
    .replaceAll(/\s+/g, ' ')
  const framed = `^${shape}$`
  for (let start = 0; start < framed.length; start++) {
    let hash = hashStep(HASH_SEED, 4)
    for (let at = start; at < Math.min(framed.length, start + LONGEST_SHAPE); at++) {
      hash = hashStep(hash, framed.charCodeAt(at))
      shapes.add(hash)
    }
  }
}

function hashOf(word: string, kind: number): number {
  let hash = hashStep(HASH_SEED, kind)
  for (let at = 0; at < word.length; at++) hash = hashStep(hash, word.charCodeAt(at))
  return hash
}
