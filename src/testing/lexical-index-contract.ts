import assert from 'node:assert/strict'
import { parseFilter } from '../core/filter.ts'
import type { Storage } from '../core/parts.ts'
import type { LexicalIndex } from '../core/ports/indexes.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { keysOf, sampleCollection, sampleDocument } from './samples.ts'

/** What `LexicalIndex` promises, asserted of the index of a new storage that `create` opens for each test. */
export function lexicalIndexContract(name: string, create: () => Promise<Storage>, { describe, test }: Runner): void {
  describe(`LexicalIndex: ${name}`, () => {
    const check = (title: string, body: (index: LexicalIndex, storage: Storage) => Promise<void>) =>
      test(title, () =>
        using(create, async (storage) => {
          const collection = await storage.records.createCollection(sampleCollection('a'))
          await body(storage.lexicalIndex(collection), storage)
        }),
      )
    rankingContract(check)
    queryContract(check)
    visibilityContract(check)
  })
}

type Check = (title: string, body: (index: LexicalIndex, storage: Storage) => Promise<void>) => void

function rankingContract(check: Check): void {
  check('hits are ordered by descending score, ties by ascending key', async (index, storage) => {
    const keys = await feed(storage, [
      'apple pear',
      'apple apple',
      'kiwi plum',
      'apple pear',
      'grape melon',
      'plum melon',
    ])
    const { hits } = await index.search('apple', { limit: 9 })
    assert.deepEqual(
      hits.map(({ key }) => key),
      [keys[1], keys[0], keys[3]],
    )
    assert.ok(hits.every(({ score }, at) => score > 0 && score <= (hits[at - 1]?.score ?? Number.POSITIVE_INFINITY)))
  })

  check('terms tell how many chunks hold them, and no chunk scores above the bound', async (index, storage) => {
    await feed(storage, ['apple pear', 'apple kiwi', 'plum fig', 'melon', 'grape', 'fig'])
    const { hits, terms, bound } = await index.search('apple kiwi zebra', { limit: 9 })
    const counts = terms.map(({ chunks }) => chunks).filter((chunks) => chunks > 0)
    assert.deepEqual(counts, [2, 1])
    assert.ok(bound > 0 && hits.every(({ score }) => score <= bound))
    if (index.capabilities.ranking !== 'bm25') return
    const idf = (chunks: number) => Math.max(1e-6, Math.log((6 - chunks + 0.5) / (chunks + 0.5)))
    assert.ok(Math.abs(bound - (idf(2) + idf(1)) * 2.2) <= 1e-9)
  })

  check('included chunks are scored beyond the limit; those without a word are left out', async (index, storage) => {
    const keys = await feed(storage, ['apple apple', 'apple pear', 'kiwi', 'apple pear plum', 'fig', 'melon', 'grape'])
    const all = await index.search('apple', { limit: 9 })
    const { hits, included } = await index.search('apple', { limit: 1, include: [...keys, 999_999] })
    assert.deepEqual([...hits, ...included], all.hits)
    assert.equal(hits.length, 1)
  })

  check('another collection changes no score', async (index, storage) => {
    await feed(storage, ['apple pear', 'kiwi', 'plum'])
    const before = await index.search('apple', { limit: 9 })
    await storage.records.createCollection(sampleCollection('b'))
    await storage.records.putDocuments('b', [
      sampleDocument('1', [
        ['apple apple', null],
        ['apple', null],
      ]),
    ])
    assert.deepEqual(await index.search('apple', { limit: 9 }), before)
  })
}

function queryContract(check: Check): void {
  check('the query is text, never syntax', async (index, storage) => {
    const [first] = await feed(storage, ['foo bar', 'other words', 'nothing here', 'and so on', 'c code'])
    const odd = [
      'foo-bar',
      'a:foo',
      '"foo',
      'foo"bar',
      'foo*',
      '^foo',
      'NEAR(foo bar)',
      '{body}: foo',
      'foo AND',
      "f'oo foo",
    ]
    for (const query of [...odd, 'foo\0bar', '\ud800 foo', '(foo', 'foo + bar', `foo ${'x '.repeat(50_000)}`]) {
      const { hits } = await index.search(query, { limit: 9 })
      assert.equal(hits[0]?.key, first, `the query ${query.slice(0, 40)}`)
    }
    await index.search('c++', { limit: 9 })
  })

  check('a query without a searchable word answers no hits', async (index, storage) => {
    await feed(storage, ['foo bar', 'AND OR NOT'])
    for (const query of ['', ' ', '"', '*', '-', ':', '\0', '\ud800', '()', '"" ""', '+-*/', '!?…']) {
      const answer = await index.search(query, { limit: 9, include: [1, 2] })
      assert.deepEqual(answer, { hits: [], included: [], terms: [], bound: 0 })
    }
  })

  check('words are found in title, heading and text', async (index, storage) => {
    const document = sampleDocument('1', [['body words', null]], { title: 'Titular' })
    document.chunks[0]?.place.heading.push('Chapter', 'Overhead')
    const [key] = keysOf(await storage.records.putDocuments('a', [document]))
    for (const query of ['titular', 'overhead', 'body']) {
      assert.deepEqual(
        (await index.search(query, { limit: 9 })).hits.map((hit) => hit.key),
        [key],
        query,
      )
    }
  })

  check('a limit above the most is refused, and a signal stops what has not begun', async (index) => {
    await rejectsWith('INVALID_INPUT', index.search('x', { limit: index.capabilities.maxLimit + 1 }))
    await rejectsWith('ABORTED', index.search('x', { limit: 1, signal: AbortSignal.abort() }))
  })
}

function visibilityContract(check: Check): void {
  check('a filter applies before the limit', async (index, storage) => {
    const documents = Array.from({ length: 300 }, (_, n) =>
      sampleDocument(`d${n}`, [[n % 100 === 99 ? 'apple and much else besides' : 'apple', null]], { metadata: { n } }),
    )
    const keys = keysOf(await storage.records.putDocuments('a', [...documents, ...fillers(400)]))
    const filter = parseFilter({ $or: [{ n: { $in: [99, 199] } }, { $id: 'd299' }] })
    const { hits } = await index.search('apple', { limit: 3, filter })
    assert.deepEqual(
      hits.map(({ key }) => key),
      [keys[99], keys[199], keys[299]],
    )
  })

  check('a replaced or deleted document is gone at once, from the statistics too', async (index, storage) => {
    await feed(storage, ['apple', 'apple pear', 'kiwi', 'plum', 'fig'])
    const before = await index.search('apple', { limit: 9 })
    const put = (text: string) => storage.records.putDocuments('a', [sampleDocument('d1', [[text, null]])])
    await put('grape')
    const { hits, terms } = await index.search('apple pear', { limit: 9 })
    assert.deepEqual([hits.length, terms.map(({ chunks }) => chunks)], [1, [1, 0]])
    await put('apple pear')
    const after = await index.search('apple', { limit: 9 })
    assert.deepEqual(
      [after.bound, after.hits.map(({ score }) => score)],
      [before.bound, before.hits.map(({ score }) => score)],
    )
    await storage.records.deleteDocuments('a', ['d0', 'd1'])
    assert.deepEqual((await index.search('apple', { limit: 9 })).hits, [])
  })

  check('a rebuild changes no answer', async (index, storage) => {
    await feed(storage, ['apple', 'apple pear', 'kiwi', 'plum', 'fig'])
    await storage.records.deleteDocuments('a', ['d1'])
    const before = await index.search('apple kiwi', { limit: 9 })
    await index.rebuild()
    assert.deepEqual(await index.search('apple kiwi', { limit: 9 }), before)
  })

  check('a closed index says so', async (index, storage) => {
    await storage.close()
    await rejectsWith('INDEX_CLOSED', index.search('x', { limit: 1 }))
  })
}

/** One document per text, `d0` and on; the chunk keys. */
async function feed(storage: Storage, texts: string[]): Promise<number[]> {
  const documents = texts.map((text, n) => sampleDocument(`d${n}`, [[text, null]]))
  return keysOf(await storage.records.putDocuments('a', documents))
}

function fillers(count: number) {
  return Array.from({ length: count }, (_, n) => sampleDocument(`filler ${n}`, [['something else', null]]))
}
