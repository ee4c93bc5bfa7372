import { readFileSync } from 'node:fs'
import { SemdexError } from '../core/errors.ts'
import { type BertFile, isBertTokenizer, type PlainTokenizer, readBertTokenizer } from './bert-tokenizer.ts'
import { findDerived, forgetDerived, writeDerived } from './derived-file.ts'
import { readVocabularyIndex, writeVocabularyIndex } from './vocabulary-index.ts'

export interface Encoding {
  /** Special tokens included, padding left out. */
  ids: Int32Array
  truncated: boolean
  /** Of a pair: one for each id. */
  typeIds?: Int32Array
}

/** Text → token ids, synchronously. The texts it is given have no lone surrogates. */
export interface Tokenizer {
  readonly padId: number
  /** What a word that the vocabulary lacks becomes; null where there is no such token. */
  readonly unknownId: number | null
  /** Above every id. */
  readonly size: number
  /** The `post_processor` of tokenizer.json: how texts and pairs are put together. */
  readonly processor: unknown
  /** At most `maxTokens` ids: where the text has more, its end is left out and the special tokens stay. */
  encode(text: string, maxTokens: number): Encoding
  /** The ids of the text without special tokens: all of them, or more than `room` that it begins with. */
  pieces(text: string, room: number): number[]
  /** Tokens of the text alone, without special tokens. */
  count(text: string): number
}

/**
 * Reads a tokenizer.json. What it says about truncation and padding is left aside.
 * BERT's tokenizers run in this package; others in @huggingface/tokenizers, which is loaded only for them.
 * `index` is a path for a file that makes the next opening faster; it must belong to this tokenizer.json alone.
 * @throws {SemdexError} `MODEL_DAMAGED`, naming the file, where it is missing or broken.
 */
export async function openTokenizer(file: string, index: string | null = null): Promise<Tokenizer> {
  const derived = index === null ? null : findDerived(index)
  const indexedTokenizer = derived?.state === 'ready' ? openIndexed(derived.path) : null
  if (indexedTokenizer) return indexedTokenizer
  const document = readTokenizerFile(file)
  try {
    if (!isBertTokenizer(document)) return createTokenizer(await readOtherTokenizer(document))
    const tokenizer = createTokenizer(readBertTokenizer(document))
    if (derived) await writeDerived(derived.path, async (path) => indexed(path, document))
    return tokenizer
  } catch (cause) {
    throw damaged(file, `is not a tokenizer that can be run (${(cause as Error).message})`, cause)
  }
}

function openIndexed(path: string): Tokenizer | null {
  try {
    const { document, vocabulary } = readVocabularyIndex(path)
    return createTokenizer(readBertTokenizer(document as BertFile, vocabulary))
  } catch {
    forgetDerived(path)
    return null
  }
}

function indexed(path: string, document: BertFile): boolean {
  writeVocabularyIndex(path, document)
  return true
}

/** A tokenizer around a function from text to ids without special tokens. */
function createTokenizer({ pieces, boundary, before, after, ...facts }: PlainTokenizer): Tokenizer {
  return {
    ...facts,
    encode(text, maxTokens) {
      const room = maxTokens - before.length - after.length
      const all = firstPieces(text, room, pieces, boundary)
      const truncated = all.length > room
      const kept = truncated ? all.slice(0, room) : all
      return { ids: Int32Array.from([...before, ...kept, ...after]), truncated }
    },
    pieces: (text, room) => firstPieces(text, room, pieces, boundary),
    count: (text) => pieces(text).length,
  }
}

/**
 * The ids of the text, or of a beginning of it that has more than `room` of them: the cost follows the limit, not the text.
 * A beginning ends before a boundary, where the tokenizer joins nothing of what is left and right of it, so its ids are
 * those that the whole text begins with.
 */
function firstPieces(text: string, room: number, pieces: (text: string) => number[], boundary: RegExp): number[] {
  for (let window = 32 * (room + 1); window < text.length; window *= 4) {
    const cut = lastBoundary(text, window, boundary)
    if (cut === -1) continue
    const ids = pieces(text.slice(0, cut))
    if (ids.length > room) return ids
  }
  return pieces(text)
}

function lastBoundary(text: string, end: number, boundary: RegExp): number {
  for (let at = end; at > end / 2; at--) {
    if (boundary.test(text[at] as string) && !/\s/.test(text[at - 1] as string)) return at
  }
  return -1
}

interface TokenizerFile {
  model?: unknown
  added_tokens?: { id: number; content: string }[]
  padding?: { pad_id?: number } | null
  post_processor?: unknown
}

function readTokenizerFile(file: string): TokenizerFile {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TokenizerFile
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw damaged(file, missing ? 'is missing' : `is broken (${(cause as Error).message})`, cause)
  }
}

async function readOtherTokenizer(document: TokenizerFile): Promise<PlainTokenizer> {
  const { Tokenizer: Library } = await import('@huggingface/tokenizers')
  const library: LibraryTokenizer = new Library({ ...document, truncation: null, padding: null }, {})
  const { unknownId, size } = idsOf(document)
  const pieces = (text: string) => withUnknown(library.encode(text, { add_special_tokens: false }).ids, unknownId)
  const sample = pieces('a')
  const around = library.encode('a').ids
  const start = around.findIndex((_, at) => sample.every((id, index) => around[at + index] === id))
  const pad = document.added_tokens?.find(({ content }) => content === '[PAD]' || content === '<pad>')
  return {
    pieces,
    // Words take the space before them along, never one after them.
    boundary: /^ $/,
    before: around.slice(0, start),
    after: around.slice(start + sample.length),
    padId: document.padding?.pad_id ?? pad?.id ?? 0,
    unknownId,
    size,
    processor: document.post_processor,
  }
}

/** Words that a word-level model does not know have no id from the library. */
function withUnknown(ids: readonly (number | undefined)[], unknownId: number | null): number[] {
  if (!ids.includes(undefined)) return ids as number[]
  return ids.map((id) => id ?? unknownId).filter((id) => id !== null)
}

/** Unigram names its unknown token by id, the other kinds by text. */
function idsOf({ model, added_tokens: added = [] }: TokenizerFile): { unknownId: number | null; size: number } {
  const { vocab = {}, unk_id: id, unk_token: token } = (model ?? {}) as LibraryModel
  const inVocabulary = typeof token === 'string' && !Array.isArray(vocab) ? vocab[token] : undefined
  const known = inVocabulary ?? added.find(({ content }) => content === token)?.id
  const size = Array.isArray(vocab) ? vocab.length : Object.keys(vocab).length
  return { unknownId: id ?? known ?? null, size: Math.max(size, ...added.map((one) => one.id + 1)) }
}

interface LibraryModel {
  vocab?: Record<string, number> | unknown[]
  unk_id?: number | null
  unk_token?: string | null
}

/** The slice of @huggingface/tokenizers that is used. */
interface LibraryTokenizer {
  encode(text: string, options?: { add_special_tokens: boolean }): { ids: number[] }
}

function damaged(file: string, reason: string, cause: unknown): SemdexError {
  return new SemdexError('MODEL_DAMAGED', {
    message: `The tokenizer ${file} ${reason}.`,
    fix: 'Put the file back as it is published, or reinstall the package that brought it (npm ci)',
    details: { file },
    cause,
  })
}
