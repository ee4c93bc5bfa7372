import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Reranked, Reranker, RerankResult } from '../../src/core/ports/reranker.ts'
import { createPairEncoder, cutLongestFirst, type PairEncoding } from '../../src/embedding/reranking/pairs.ts'
import { openTokenizer, type Tokenizer } from '../../src/embedding/tokenizing/tokenizer.ts'
import { asset, describeWithAssets, inRepository } from '../support/assets.ts'
import { openTestReranker } from '../support/reranking.ts'

interface Pair {
  query: string
  passage: string
  ids: number[]
  typeIds: number[]
}

interface Golden {
  tolerance: number
  spec: { maxTokens: number }
  pairs: (Pair & { name: string; logit: number; score: number })[]
}

interface Reference {
  pairs: (Pair & { tokenizer: string; maxTokens: number })[]
  cuts: [a: number, b: number, room: number, keptOfA: number, keptOfB: number][]
}

const reference = readJson<Reference>(inRepository('test/golden/data/pair-tokenizations.json'))

describe('two texts in one room', () => {
  test('are cut as the tokenizers library cuts them', () => {
    expect(reference.cuts.length).toBeGreaterThan(500)
    for (const [a, b, room, ...kept] of reference.cuts) {
      expect(cutLongestFirst(a, b, room), `${a} and ${b} in ${room}`).toEqual(kept)
    }
  })
})

describeWithAssets('tiny-reranker against its golden logits', ['fixtures/tiny-reranker'], () => {
  const folder = asset('fixtures/tiny-reranker')
  const golden = readJson<Golden>(`${folder}/golden.json`)
  let reranker: Reranker
  beforeAll(async () => {
    reranker = await openTestReranker(folder)
  })
  afterAll(() => reranker.close())

  function check(result: RerankResult | undefined, { name, ids, logit, score }: Golden['pairs'][number]): void {
    if (!result?.ok) throw result?.error ?? new Error('no result')
    expect(result.tokens, name).toBe(ids.length)
    expect(Math.abs(result.score - score), name).toBeLessThan(golden.tolerance)
    expect(Math.abs(result.logit - logit), name).toBeLessThan(golden.tolerance)
  }

  test('the folder says how the model is run', () => {
    expect(reranker.spec).toMatchObject({ task: 'rerank', dimensions: 1, maxTokens: golden.spec.maxTokens })
  })

  test('ids and token types', async () => {
    const tokenizer = await openTokenizer(`${folder}/tokenizer.json`)
    const encode = createPairEncoder(tokenizer, golden.spec.maxTokens, 'tokenizer.json')
    for (const pair of golden.pairs)
      expect(shapeOf(encode(pair.query, [pair.passage])[0]), pair.name).toEqual(shapeOf(pair))
  })

  test('one by one', async () => {
    expect(golden.pairs.length).toBeGreaterThan(10)
    for (const pair of golden.pairs) check((await reranker.rerank(pair.query, [pair.passage]))[0], pair)
  })

  test('in batches of mixed lengths', async () => {
    const passages = golden.pairs.map(({ passage }) => passage)
    for (const query of new Set(golden.pairs.map((pair) => pair.query))) {
      const results = await reranker.rerank(query, [...passages, ...passages, ...passages])
      for (const [at, result] of results.entries()) {
        const pair = golden.pairs[at % golden.pairs.length] as Golden['pairs'][number]
        if (pair.query === query) check(result, pair)
      }
    }
  })

  test('all at the same time', async () => {
    const calls = Array.from({ length: 8 }, () => golden.pairs).flat()
    const answers = await Promise.all(calls.map(({ query, passage }) => reranker.rerank(query, [passage])))
    for (const [at, [result]] of answers.entries()) check(result, calls[at] as Golden['pairs'][number])
  })

  test('in WebAssembly', async () => {
    const wasm = await openTestReranker(folder, { provider: 'wasm', workers: 1 })
    for (const pair of golden.pairs) check((await wasm.rerank(pair.query, [pair.passage]))[0], pair)
    await wasm.close()
  })

  test('query and passage are told apart', async () => {
    const [question, , swapped] = golden.pairs as [Golden['pairs'][number], unknown, Golden['pairs'][number]]
    const [there] = (await reranker.rerank(question.query, [question.passage])) as [Reranked]
    const [back] = (await reranker.rerank(swapped.query, [swapped.passage])) as [Reranked]
    expect(back.logit - there.logit).toBeGreaterThan(1)
  })
})

describeWithAssets(
  'pairs as the tokenizers library writes them',
  ['fixtures/tiny-reranker', 'fixtures/tiny-jina-task'],
  () => {
    const bert = () => readJson<Record<string, unknown>>(asset('fixtures/tiny-reranker/tokenizer.json'))
    const specials = { sep: ['[SEP]', 3], cls: ['[CLS]', 2] }
    const processors: Record<string, unknown> = {
      'tiny-reranker as RobertaProcessing': { type: 'RobertaProcessing', ...specials },
      'tiny-reranker as BertProcessing': { type: 'BertProcessing', ...specials },
      'tiny-reranker as Sequence': { type: 'Sequence', processors: [{ type: 'ByteLevel' }, bert().post_processor] },
    }

    async function tokenizerOf(name: string): Promise<Tokenizer> {
      const tokenizer = await openTokenizer(
        asset(
          name === 'tiny-jina-task'
            ? 'fixtures/tiny-jina-task/tokenizer.json'
            : 'fixtures/tiny-reranker/tokenizer.json',
        ),
      )
      return name in processors ? { ...tokenizer, processor: processors[name] } : tokenizer
    }

    test.each([...new Set(reference.pairs.map(({ tokenizer }) => tokenizer))])('%s', async (name) => {
      const tokenizer = await tokenizerOf(name)
      const pairs = reference.pairs.filter((pair) => pair.tokenizer === name)
      expect(pairs.length).toBeGreaterThan(5)
      for (const pair of pairs) {
        const [encoding] = createPairEncoder(tokenizer, pair.maxTokens, 'tokenizer.json')(pair.query, [pair.passage])
        expect(shapeOf(encoding), `${pair.query} in ${pair.maxTokens}`).toEqual(shapeOf(pair))
      }
    })

    test('a tokenizer without a form for a pair is refused, naming the file', async () => {
      const tokenizer = { ...(await tokenizerOf('tiny-jina-task')), processor: { type: 'ByteLevel' } }
      expect(() => createPairEncoder(tokenizer, 32, '/models/x/tokenizer.json')).toThrow(
        expect.objectContaining({ code: 'MODEL_INVALID', details: { file: '/models/x/tokenizer.json' } }),
      )
    })
  },
)

function shapeOf(encoding: PairEncoding | Pair | undefined) {
  return { ids: Array.from(encoding?.ids ?? []), typeIds: Array.from(encoding?.typeIds ?? []) }
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}
