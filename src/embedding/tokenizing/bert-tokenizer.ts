import { specialTokens } from './special-tokens.ts'
import { createWordPiece, type Vocabulary } from './wordpiece.ts'

/** A function from text to ids, and the special tokens that stand around them. */
export interface PlainTokenizer {
  pieces: (text: string) => number[]
  /** Characters before which a text may be cut, where no white space comes before them, and its parts keep their ids. */
  boundary: RegExp
  before: readonly number[]
  after: readonly number[]
  padId: number
  /** What a word that the vocabulary lacks becomes; null where there is no such token. */
  unknownId: number | null
  /** Above every id. */
  size: number
  /** The `post_processor` of tokenizer.json. */
  processor: unknown
}

/** Whether a tokenizer.json is of BERT's kind, with no setting that `createWordPiece` does not know. */
export function isBertTokenizer(document: unknown): document is BertFile {
  const {
    model,
    normalizer,
    pre_tokenizer: preTokenizer,
    added_tokens: added,
    post_processor: processor,
  } = (document as Partial<BertFile> | null) ?? {}
  if (model?.type !== 'WordPiece' || normalizer?.type !== 'BertNormalizer') return false
  if (preTokenizer?.type !== 'BertPreTokenizer' || !added?.every(isPlain)) return false
  return processor?.type === 'BertProcessing' || processor?.type === 'TemplateProcessing'
}

/** @throws {Error} where the vocabulary lacks the unknown token. */
export function readBertTokenizer(
  { model, normalizer, added_tokens: added, post_processor: processor }: BertFile,
  vocabulary: Vocabulary = new Map(Object.entries(model.vocab)),
): PlainTokenizer {
  const unknownId = vocabulary.get(model.unk_token)
  if (unknownId === undefined) throw new Error(`the vocabulary lacks ${model.unk_token}`)
  const pieces = createWordPiece({
    cleanText: normalizer.clean_text,
    spaceChinese: normalizer.handle_chinese_chars,
    stripAccents: normalizer.strip_accents ?? normalizer.lowercase,
    lowercase: normalizer.lowercase,
    continuation: model.continuing_subword_prefix,
    unknownId,
    longestWord: model.max_input_chars_per_word,
    added: new Map(added.map(({ content, id }) => [content, id])),
    vocabulary,
  })
  return {
    pieces,
    boundary: normalizer.handle_chinese_chars ? SPACE_OR_IDEOGRAPH : /^ $/,
    ...specialTokens(processor),
    padId: added.find(({ content }) => content === '[PAD]')?.id ?? 0,
    unknownId,
    size: Math.max(vocabulary.size, ...added.map(({ id }) => id + 1)),
    processor,
  }
}

/** Ideographs are words of their own. */
const SPACE_OR_IDEOGRAPH = /^[ \u4e00-\u9fff\u3400-\u4dbf]$/

export interface BertFile {
  model: {
    type?: string
    vocab: Record<string, number>
    unk_token: string
    continuing_subword_prefix: string
    max_input_chars_per_word: number
  }
  normalizer: {
    type: string
    clean_text: boolean
    handle_chinese_chars: boolean
    strip_accents: boolean | null
    lowercase: boolean
  }
  pre_tokenizer: { type: string }
  post_processor: { type: string }
  added_tokens: AddedToken[]
}

interface AddedToken {
  id: number
  content: string
  single_word: boolean
  normalized: boolean
}

function isPlain({ single_word: singleWord, normalized }: AddedToken): boolean {
  return !singleWord && !normalized
}
