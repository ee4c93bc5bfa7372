import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTokenizer, type Tokenizer } from '../../src/embedding/tokenizing/tokenizer.ts'
import { asset, describeWithAssets, inRepository } from '../support/assets.ts'

interface Case {
  name: string
  text: string
  text_pair?: string
  ids: number[]
}

const BERT_GOLDEN = inRepository('test/golden/data/bert-base-uncased-tokenizations.json')
const NO_LIMIT = 1_000_000

describe('tokenization of all-MiniLM-L6-v2', () => {
  const cases = JSON.parse(readFileSync(BERT_GOLDEN, 'utf8')) as Case[]
  let tokenizer: Tokenizer
  beforeAll(async () => {
    tokenizer = await openTokenizer(inRepository('models/all-MiniLM-L6-v2/tokenizer.json'))
  })

  test.each(cases.filter(({ text_pair: pair }) => pair === undefined))('$name', ({ text, ids }) => {
    expect([...tokenizer.encode(text, NO_LIMIT).ids]).toEqual(ids)
  })

  test('the cases are there; one encodes a pair, which embedders have no use for', () => {
    expect(cases).toHaveLength(30)
    expect(cases.filter(({ text_pair: pair }) => pair !== undefined)).toHaveLength(1)
  })
})

const ALL_GOLDEN = 'data/tokenizers/golden-tokenizations.json'
const QWEN = 'data/tokenizers/qwen2'

describeWithAssets('tokenizations of the same vocabularies elsewhere', [ALL_GOLDEN, `${QWEN}/vocab.json`], () => {
  const golden = JSON.parse(readFileSync(asset(ALL_GOLDEN), 'utf8')) as Record<string, Case[]>
  const folder = mkdtempSync(join(tmpdir(), 'semdex-tokenizers-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('all-MiniLM-L6-v2', async () => {
    const tokenizer = await openTokenizer(asset('models/all-MiniLM-L6-v2/tokenizer.json'))
    expectIds(tokenizer, golden['Xenova/distilbert-base-uncased-finetuned-sst-2-english'] as Case[])
  })

  test('qwen2, a byte-level tokenizer', async () => {
    const file = join(folder, 'tokenizer.json')
    writeFileSync(file, JSON.stringify(qwenTokenizer()))
    expectIds(await openTokenizer(file), golden['Xenova/Qwen1.5-0.5B-Chat'] as Case[])
  })
})

function expectIds(tokenizer: Tokenizer, cases: readonly Case[]): void {
  expect(cases.length).toBeGreaterThan(10)
  for (const { text, ids } of cases) expect([...tokenizer.encode(text, NO_LIMIT).ids], text).toEqual(ids)
}

/** The tokenizer.json of Qwen2, put together from its vocabulary and its merges. */
function qwenTokenizer(): object {
  const read = (file: string) => readFileSync(asset(`${QWEN}/${file}`), 'utf8')
  const config = JSON.parse(read('tokenizer_config.json')) as { added_tokens_decoder: Record<string, object> }
  const pattern =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.entries(config.added_tokens_decoder).map(([id, token]) => ({ id: Number(id), ...token })),
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [{ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }, byteLevel],
    },
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab: JSON.parse(read('vocab.json')) as object,
      merges: read('merges.txt')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#version')),
    },
  }
}
