import { FeatureCounts, HASH_SEED, hashStep } from './hashed-features.ts'

/** Power of two: how many weights the classifier of documents has. */
export const DOCUMENT_BUCKETS = 32_768

/** A text is read in places of so many UTF-16 code units: the first is its beginning, the last its end. */
const WINDOW = 1_024
const WINDOWS = 4
const [SHORTEST_SHAPE, LONGEST_SHAPE] = [2, 6]
const NEWLINE_CODE = 10
const WORD = hashStep(HASH_SEED, 300)

const shapes = new FeatureCounts(DOCUMENT_BUCKETS)
const words = new FeatureCounts(DOCUMENT_BUCKETS)
const lines = new FeatureCounts(DOCUMENT_BUCKETS)
const shares = new FeatureCounts(DOCUMENT_BUCKETS)

/**
 * What the classifier sees of a text: n-grams of its shape (letters and digits as classes, runs as one, punctuation as it is,
 * indentation), its words with what stands beside them, and how its lines begin and end. Each kind has the same energy, so
 * that a language whose words were never seen is still judged by its shape.
 */
export function documentFeatures(text: string, sink: (bucket: number, weight: number) => void): void {
  const sample = sampleOf(text)
  countShapes(shapeOf(sample))
  countWords(sample)
  countLines(sample)
  countShares(sample)
  shapes.drain(1, sink)
  words.drain(1, sink)
  lines.drain(1, sink)
  shares.drain(1, sink)
}

/** Licences and headers stand at the beginning: places further on are read as well. */
function sampleOf(text: string): string {
  if (text.length <= WINDOWS * WINDOW) return text
  const step = (text.length - WINDOW) / (WINDOWS - 1)
  const starts = Array.from({ length: WINDOWS }, (_, at) => Math.floor(at * step))
  return starts.map((start) => text.slice(start, start + WINDOW)).join('\n')
}

/** Stand within sentences: ! ' , - . ? */
const SOFT = new Set([33, 39, 44, 45, 46, 63])
const [TAG_START, TAG_END] = [60, 62]
const [LOWER, UPPER, DIGIT, FOREIGN, SPACE, TAB, NEWLINE] = [1, 2, 3, 4, 5, 6, 7]

/** The classes of a text's characters: a run of small letters, digits, foreign letters, blanks or empty lines is one. */
function shapeOf(text: string): Uint8Array {
  const shape = new Uint8Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const kind = classOf(text.charCodeAt(at))
    const previous = length > 0 ? shape[length - 1] : NEWLINE
    if (kind === previous && kind <= NEWLINE) continue
    shape[length++] = kind
  }
  return shape.subarray(0, length)
}

/** Punctuation of ASCII is its own class, from 33. */
function classOf(code: number): number {
  if (code >= 97 && code <= 122) return LOWER
  if (code >= 65 && code <= 90) return UPPER
  if (code >= 48 && code <= 57) return DIGIT
  if (code === 10) return NEWLINE
  if (code === 9) return TAB
  if (code <= 32) return SPACE
  return code > 126 ? FOREIGN : code
}

function countShapes(shape: Uint8Array): void {
  for (let start = 0; start < shape.length; start++) {
    let hash = HASH_SEED
    const end = Math.min(shape.length, start + LONGEST_SHAPE)
    for (let at = start; at < end; at++) {
      hash = hashStep(hash, shape[at] as number)
      if (at - start + 1 >= SHORTEST_SHAPE) shapes.add(hash)
    }
  }
}

/** Words of ASCII letters, in small letters, and single other characters: each word alone, and all in pairs. */
function countWords(text: string): void {
  let previous = 0
  let hash = WORD
  let length = 0
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : NEWLINE_CODE
    const kind = classOf(code)
    if (kind === LOWER || kind === UPPER) {
      hash = hashStep(hash, code | 32)
      length++
      continue
    }
    if (length > 0) {
      if (length > 1) words.add(hash)
      if (previous !== 0) words.add(hashPair(previous, hash))
      previous = hash
      hash = WORD
      length = 0
    }
    if (kind <= NEWLINE) continue
    const mark = hashStep(WORD, code)
    if (previous !== 0) words.add(hashPair(previous, mark))
    previous = mark
  }
}

function hashPair(first: number, second: number): number {
  return hashStep(hashStep(first, second & 0xffff), second >>> 16)
}

/** How lines begin, end, and how long they are. */
function countLines(text: string): void {
  for (const line of text.split('\n')) {
    const bare = line.trim()
    if (bare === '') continue
    const indent = Math.min(8, line.length - line.trimStart().length)
    const first = pairOf(bare.charCodeAt(0), bare.charCodeAt(1))
    const last = pairOf(bare.charCodeAt(bare.length - 2), bare.charCodeAt(bare.length - 1))
    const size = Math.min(15, bare.length >> 3)
    lines.add(hashStep(hashStep(HASH_SEED, 400), first))
    lines.add(hashStep(hashStep(HASH_SEED, 500), last))
    lines.add(hashStep(hashStep(HASH_SEED, 600), (first << 8) | last))
    lines.add(hashStep(hashStep(hashStep(HASH_SEED, 700), indent), size))
    lines.add(hashStep(hashStep(hashStep(HASH_SEED, 800), indent), last))
  }
}

function pairOf(first: number, second: number): number {
  return (classOf(first || 0) << 7) | classOf(second || 0)
}

const BINS = 10

/**
 * How much of the text is prose, as one of ten bins: characters in runs of at least five words with nothing but blanks,
 * commas and full stops between them, and letters outside ASCII; and how much stands in tags.
 */
function countShares(text: string): void {
  const { prose, tags, marks } = measure(text)
  const bins = [prose, tags, marks].map((count) => Math.min(BINS - 1, Math.floor((count / (text.length || 1)) * BINS)))
  const [ofProse, ofTags, ofMarks] = bins as [number, number, number]
  shares.add(hashStep(hashStep(HASH_SEED, 900), ofProse))
  shares.add(hashStep(hashStep(HASH_SEED, 901), ofTags))
  shares.add(hashStep(hashStep(HASH_SEED, 902), ofMarks))
  shares.add(hashStep(hashStep(hashStep(HASH_SEED, 903), ofProse), ofTags))
  shares.add(hashStep(hashStep(hashStep(HASH_SEED, 904), ofProse), ofMarks))
}

const WORDS_OF_PROSE = 5

/** Counts characters: of runs of words, inside `<…>`, and of other punctuation. */
function measure(text: string): { prose: number; tags: number; marks: number } {
  const counts = { prose: 0, tags: 0, marks: 0 }
  let [isInTag, wordsOfRun, charactersOfRun, isInWord] = [false, 0, 0, false]
  for (let at = 0; at < text.length; at++) {
    const kind = classOf(text.charCodeAt(at))
    if (isInTag || kind === TAG_START) {
      counts.tags++
      isInTag = kind !== TAG_END
      isInWord = false
      continue
    }
    if (kind === FOREIGN) counts.prose++
    const isLetter = kind === LOWER || kind === UPPER || kind === FOREIGN
    if (isLetter && !isInWord) wordsOfRun++
    isInWord = isLetter
    if (isLetter || kind === SPACE || kind === NEWLINE || SOFT.has(kind)) {
      charactersOfRun++
      continue
    }
    counts.marks++
    if (wordsOfRun >= WORDS_OF_PROSE) counts.prose += charactersOfRun
    wordsOfRun = 0
    charactersOfRun = 0
  }
  if (wordsOfRun >= WORDS_OF_PROSE) counts.prose += charactersOfRun
  return counts
}
