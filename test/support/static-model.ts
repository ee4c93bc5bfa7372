import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { f32, safetensors } from './safetensors.ts'

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789']

/**
 * A model's folder: a table of token vectors, whose tokens are pairs of letters and letters. Texts with words in common are
 * alike, and two seeds, or two widths, make models whose vectors have nothing in common, and tokenizers that are not the same. It loads and runs in no time.
 */
export function writeStaticModel(folder: string, { dimensions, seed }: { dimensions: number; seed: number }): string {
  const pairs = LETTERS.flatMap((first) => LETTERS.map((second) => `${first}${second}`))
  const tokens = [...pairs, ...LETTERS, `seed${seed}`]
  const words = ['[UNK]', '[CLS]', '[SEP]', ...tokens, ...tokens.map((token) => `##${token}`)]
  const random = randomFrom(seed)
  const rows = words.map(() => Array.from({ length: dimensions }, () => random() - 0.5))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'model.safetensors'), safetensors({ embeddings: f32(rows) }))
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ model_type: 'model2vec', seq_length: 512, normalize: true }),
  )
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer(words)))
  return folder
}

function tokenizer(words: readonly string[]) {
  return {
    version: '1.0',
    added_tokens: words.slice(0, 3).map((content, id) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  }
}

/** Park and Miller's generator: numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed % 2_147_483_647 || 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
