import { createWordPiece } from './wordpiece.ts'

/** A function from text to ids, and the special tokens that stand around them. */
export interface BertTokenizer {
  pieces: (text: string) => number[]
  before: readonly number[]
  after: readonly number[]
  padId: number
}

/** A tokenizer.json of BERT's kind; null where it is of another, or has settings that `createWordPiece` does not know. */
export function readBertTokenizer(document: unknown): BertTokenizer | null {
  const file = document as Partial<BertFile> | null
  const { model, normalizer, pre_tokenizer: preTokenizer, added_tokens: added } = file ?? {}
  if (model?.type !== 'WordPiece' || normalizer?.type !== 'BertNormalizer') return null
  if (preTokenizer?.type !== 'BertPreTokenizer' || !added?.every(isPlain)) return null
  const around = specialTokens(file?.post_processor)
  if (!around) return null
  const vocabulary = new Map(Object.entries(model.vocab))
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
  return { pieces, ...around, padId: added.find(({ content }) => content === '[PAD]')?.id ?? 0 }
}

interface BertFile {
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
  } | null
  pre_tokenizer: { type: string } | null
  post_processor: PostProcessor | null
  added_tokens: AddedToken[]
}

interface AddedToken {
  id: number
  content: string
  single_word: boolean
  normalized: boolean
}

type PostProcessor =
  | { type: 'BertProcessing'; cls: [string, number]; sep: [string, number] }
  | {
      type: 'TemplateProcessing'
      single: ({ SpecialToken: { id: string } } | { Sequence: unknown })[]
      special_tokens: Record<string, { ids: number[] }>
    }

function isPlain({ single_word: singleWord, normalized }: AddedToken): boolean {
  return !singleWord && !normalized
}

function specialTokens(processor: PostProcessor | null | undefined): { before: number[]; after: number[] } | null {
  if (processor?.type === 'BertProcessing') return { before: [processor.cls[1]], after: [processor.sep[1]] }
  if (processor?.type !== 'TemplateProcessing') return null
  const { single, special_tokens: specials } = processor
  const text = single.findIndex((part) => 'Sequence' in part)
  const idsOf = (parts: typeof single) =>
    parts.flatMap((part) => ('SpecialToken' in part ? (specials[part.SpecialToken.id]?.ids ?? []) : []))
  return { before: idsOf(single.slice(0, text)), after: idsOf(single.slice(text + 1)) }
}
