import { readFileSync, writeFileSync } from 'node:fs'
import type { Vocabulary } from './wordpiece.ts'

/**
 * A vocabulary that is looked up in place at first: opening it costs a read, where parsing tokenizer.json costs some 40 ms.
 * Whoever looks up much gets it as a map.
 * The file: [pieces, bytes of the head] as uint32, then [pieces + 1] offsets, [pieces] ids, the pieces' UTF-8 in byte order,
 * and the rest of tokenizer.json as JSON. Numbers are in this machine's byte order: the file stays on it.
 */
export function readVocabularyIndex(file: string): { document: unknown; vocabulary: Vocabulary } {
  const bytes = readFileSync(file)
  const [pieces = 0, headBytes = 0] = numbersAt(bytes, 0, 2)
  const offsets = numbersAt(bytes, 8, pieces + 1)
  const ids = numbersAt(bytes, 8 + 4 * (pieces + 1), pieces)
  const start = 8 + 4 * (2 * pieces + 1)
  const end = start + (offsets[pieces] as number)
  const document: unknown = JSON.parse(bytes.toString('utf8', end, end + headBytes))
  const index = { bytes, start, offsets, ids }
  return { document, vocabulary: createVocabulary(index) }
}

/** Lookups after which a map, which takes as long to make as so many of them, is the quicker way. */
const FEW = 4_000

function createVocabulary(index: Index): Vocabulary {
  let lookups = 0
  let map: Map<string, number> | null = null
  return {
    size: index.ids.length,
    get(piece) {
      if (map) return map.get(piece)
      if (++lookups > FEW) map = toMap(index)
      return find(Buffer.from(piece), index)
    },
  }
}

/** The file as it was read. */
interface Index {
  bytes: Buffer
  /** Where the pieces begin. */
  start: number
  offsets: Uint32Array
  ids: Uint32Array
}

/** Writes the index of a tokenizer.json whose vocabulary is `model.vocab`. */
export function writeVocabularyIndex(file: string, document: { model: { vocab: Record<string, number> } }): void {
  const { vocab, ...model } = document.model
  const sorted = Object.entries(vocab)
    .map(([piece, id]) => ({ bytes: Buffer.from(piece), id }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  const head = Buffer.from(JSON.stringify({ ...document, model: { ...model, vocab: {} } }))
  const numbers = new Uint32Array(2 + 2 * sorted.length + 1)
  numbers.set([sorted.length, head.length])
  let offset = 0
  for (const [at, { bytes, id }] of sorted.entries()) {
    numbers[2 + at] = offset
    numbers[2 + sorted.length + 1 + at] = id
    offset += bytes.length
  }
  numbers[2 + sorted.length] = offset
  writeFileSync(file, Buffer.concat([Buffer.from(numbers.buffer), ...sorted.map(({ bytes }) => bytes), head]))
}

function numbersAt(bytes: Buffer, at: number, count: number): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset + at, count)
}

function toMap({ bytes, start, offsets, ids }: Index): Map<string, number> {
  const map = new Map<string, number>()
  for (let at = 0; at < ids.length; at++) {
    const piece = bytes.toString('utf8', start + (offsets[at] as number), start + (offsets[at + 1] as number))
    map.set(piece, ids[at] as number)
  }
  return map
}

function find(key: Buffer, { bytes, start, offsets, ids }: Index): number | undefined {
  let low = 0
  let high = ids.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const from = start + (offsets[middle] as number)
    const order = bytes.compare(key, 0, key.length, from, start + (offsets[middle + 1] as number))
    if (order === 0) return ids[middle]
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return undefined
}
