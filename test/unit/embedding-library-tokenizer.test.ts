import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tokenizer as Library } from '@huggingface/tokenizers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { specialTokens } from '../../src/embedding/tokenizing/special-tokens.ts'
import { openTokenizer, type Tokenizer } from '../../src/embedding/tokenizing/tokenizer.ts'
import { asset, describeWithAssets, inRepository } from '../support/assets.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-tokenizer-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const CLS: [string, number] = ['<s>', 0]
const SEP: [string, number] = ['</s>', 2]
const TEMPLATE = {
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: 'A' } }, { Sequence: { id: 'A' } }, { SpecialToken: { id: 'B' } }],
  special_tokens: { A: { ids: [7, 8] }, B: { ids: [9] } },
}

describe('what a post_processor puts around a text', () => {
  test.each([
    ['none', null, [], []],
    ['BertProcessing', { type: 'BertProcessing', cls: CLS, sep: SEP }, [0], [2]],
    ['RobertaProcessing', { type: 'RobertaProcessing', cls: CLS, sep: SEP }, [0], [2]],
    ['ByteLevel', { type: 'ByteLevel' }, [], []],
    ['TemplateProcessing', TEMPLATE, [7, 8], [9]],
    [
      'a Sequence',
      {
        type: 'Sequence',
        processors: [{ type: 'ByteLevel' }, TEMPLATE, { type: 'BertProcessing', cls: CLS, sep: SEP }],
      },
      [0, 7, 8],
      [9, 2],
    ],
  ])('%s', (_, processor, before, after) => expect(specialTokens(processor)).toEqual({ before, after }))

  test('a kind that is not known is an error, not nothing', () => {
    expect(() => specialTokens({ type: 'Reversing' })).toThrow('Reversing')
  })
})

interface Document {
  normalizer: unknown
  pre_tokenizer: unknown
}

const METASPACE = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }
const LLAMA = {
  type: 'Sequence',
  normalizers: [
    { type: 'Prepend', prepend: '▁' },
    { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
  ],
}

const KINDS: [what: string, fixture: string, change: (document: Document) => Partial<Document>][] = [
  ['byte-level BPE', 'tiny-qodo-last', () => ({})],
  ['Unigram by words', 'tiny-jina-task', () => ({})],
  ['Unigram with Metaspace alone', 'tiny-jina-task', () => ({ pre_tokenizer: METASPACE })],
  ['Unigram that is normalised as Llama does', 'tiny-jina-task', () => ({ normalizer: LLAMA, pre_tokenizer: null })],
]

describeWithAssets('texts that the library is given in parts', ['fixtures'], () => {
  // Several parts long, and short enough for the library at once.
  const prose = readFileSync(inRepository('docs/architecture.md'), 'utf8').replaceAll(/\s+/g, ' ').slice(0, 30_000)
  const text = prose.repeat(3).slice(0, 70_000)

  describe.each(KINDS)('%s', (_, fixture, change) => {
    let whole: number[]
    let tokenizer: Tokenizer
    beforeAll(async () => {
      const document = JSON.parse(readFileSync(asset(`fixtures/${fixture}/tokenizer.json`), 'utf8'))
      const changed = { ...document, ...change(document) }
      const file = join(folder, `${Math.random().toString(36).slice(2)}.json`)
      writeFileSync(file, JSON.stringify(changed))
      tokenizer = await openTokenizer(file)
      whole = new Library(changed, {}).encode(text, { add_special_tokens: false }).ids
    })

    test('have the ids of the whole text', () => {
      expect(whole.length).toBeGreaterThan(10_000)
      expect(tokenizer.pieces(text, 1_000_000)).toEqual(whole)
      expect(tokenizer.count(text)).toBe(whole.length)
    })

    test.each([16, 512, 8_192])('and, cut to %i tokens, those that it begins with', (most) => {
      const { ids, truncated } = tokenizer.encode(text, most)
      const around = tokenizer.encode('', 100).ids.length
      const start = around === 0 ? 0 : 1
      expect({ length: ids.length, truncated }).toEqual({ length: most, truncated: true })
      expect([...ids.slice(start, start + most - around)]).toEqual(whole.slice(0, most - around))
    })

    test('a word without an end costs no more than its beginning, and no half of a pair is cut', () => {
      const word = `x${'😀'.repeat(300_000)}`
      const { ids, truncated } = tokenizer.encode(word, 64)
      expect({ length: ids.length, truncated }).toEqual({ length: 64, truncated: true })
      expect(tokenizer.encode(word.slice(0, 20_001), 64).ids).toEqual(ids)
    })
  })
})
