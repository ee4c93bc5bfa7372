import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { specOf } from './embedding.ts'

const WORDS = ['[UNK]', '[CLS]', '[SEP]', 'north', 'east', 'half', 'minus', 'up']
/** Rows by id; those of the special tokens would show. */
export const ROWS = [
  [9, 9, 9],
  [9, -9, 9],
  [-9, 9, 9],
  [1, 0, 0],
  [0, 1, 0],
  [0.5, 0, 0],
  [-1, 0, 0],
  [0, 0, 2],
]

const added = (id: number) => ({
  id,
  content: WORDS[id],
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})
export const BERT = {
  version: '1.0',
  added_tokens: [added(0), added(1), added(2)],
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
}

/** Word by word, with no post-processor, as Model2Vec's own tokenizers are. */
export const WORD_LEVEL = {
  version: '1.0',
  added_tokens: [added(0)],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', unk_token: '[UNK]', vocab: BERT.model.vocab },
}

export const UNIGRAM = {
  version: '1.0',
  added_tokens: [],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: null,
  decoder: null,
  model: { type: 'Unigram', unk_id: 0, vocab: WORDS.map((word, id) => [id < 3 ? word : `▁${word}`, -id]) },
}

const root = mkdtempSync(join(tmpdir(), 'semdex-static-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0

/** A model's folder, for the tests of one file. */
export function writeModel(
  weights: Uint8Array,
  tokenizer: unknown = BERT,
): { folder: string; spec: ModelSpec; file: string } {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  writeFileSync(join(folder, 'model.safetensors'), weights)
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  const files: ModelSpec['files'] = [
    { role: 'weights', path: 'model.safetensors', sha256: null, bytes: null },
    { role: 'tokenizer', path: 'tokenizer.json', sha256: null, bytes: null },
  ]
  const spec: ModelSpec = {
    ...specOf('all-MiniLM-L6-v2'),
    name: 'tiny',
    runtime: 'static',
    files,
    dimensions: 3,
    maxTokens: 4,
  }
  return { folder, spec, file: join(folder, 'model.safetensors') }
}
