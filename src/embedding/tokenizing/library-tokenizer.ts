import type { PlainTokenizer } from './bert-tokenizer.ts'
import { specialTokens } from './special-tokens.ts'

/** The slice of a tokenizer.json that is read here; the library reads the rest. */
export interface TokenizerFile {
  model?: unknown
  normalizer?: unknown
  pre_tokenizer?: unknown
  added_tokens?: { id: number; content: string }[]
  padding?: { pad_id?: number } | null
  post_processor?: unknown
}

/** Any tokenizer.json, in @huggingface/tokenizers. @throws {Error} where it cannot be run. */
export async function readLibraryTokenizer(document: TokenizerFile): Promise<PlainTokenizer> {
  const { Tokenizer: Library } = await import('@huggingface/tokenizers')
  const pre_tokenizer = withWhiteSpace(document.pre_tokenizer)
  const library: LibraryTokenizer = new Library({ ...document, pre_tokenizer, truncation: null, padding: null }, {})
  const { unknownId, size } = idsOf(document)
  const skipped = prependsAlways(document.normalizer) ? 1 : 0
  return {
    pieces(text) {
      const encode = (part: string) => withUnknown(library.encode(part, { add_special_tokens: false }).ids, unknownId)
      return text.length <= LONGEST_PART ? encode(text) : partsOf(text, skipped).flatMap(encode)
    },
    // Words take the space before them along, never one after them.
    boundary: BOUNDARY,
    ...specialTokens(document.post_processor),
    padId: padId(document),
    unknownId,
    size,
    processor: document.post_processor,
  }
}

/** The slice of @huggingface/tokenizers that is used. */
interface LibraryTokenizer {
  encode(text: string, options?: { add_special_tokens: boolean }): { ids: number[] }
}

const BOUNDARY = /^ $/

/** Words of a hundred thousand characters overflow the library's stack. */
const LONGEST_PART = 20_000

/** A text cut before spaces, and a word that is longer than a part within itself, between characters. */
function partsOf(text: string, skipped: number): string[] {
  const parts: string[] = []
  for (let start = 0; start < text.length; ) {
    let end = start + LONGEST_PART
    if (end < text.length) {
      const space = text.lastIndexOf(' ', end)
      const found = space > start + LONGEST_PART / 2 && !/\s/.test(text[space - 1] as string)
      if (found) end = space
      else if ((text.charCodeAt(end) & 0xfc00) === 0xdc00) end--
    }
    parts.push(text.slice(start, end))
    start = text[end] === ' ' ? end + skipped : end
  }
  return parts
}

/** Such a normalizer puts a space before each part, so that the one that is there has to go. */
function prependsAlways(normalizer: unknown): boolean {
  return JSON.stringify(normalizer ?? null).includes('"type":"Prepend"')
}

/** The reference splits at Unicode's White_Space; the library at JavaScript's, which has U+FEFF and lacks U+0085. */
function withWhiteSpace(preTokenizer: unknown): unknown {
  const { type, pretokenizers } = (preTokenizer ?? {}) as { type?: string; pretokenizers?: unknown[] }
  if (type === 'Sequence') return { type, pretokenizers: pretokenizers?.map(withWhiteSpace) }
  if (type !== 'WhitespaceSplit') return preTokenizer
  return { type: 'Split', pattern: { Regex: '\\s+' }, behavior: 'Removed', invert: false }
}

/** Any id would do, since padding is masked; where a file names one, graphs may know it. */
function padId({ padding, added_tokens: added = [] }: TokenizerFile): number {
  return padding?.pad_id ?? added.find(({ content }) => content === '[PAD]' || content === '<pad>')?.id ?? 0
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
  return { unknownId: id ?? known ?? null, size: added.reduce((most, one) => Math.max(most, one.id + 1), size) }
}

interface LibraryModel {
  vocab?: Record<string, number> | unknown[]
  unk_id?: number | null
  unk_token?: string | null
}
