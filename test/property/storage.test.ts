import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Filter, parseFilter } from '../../src/core/filter.ts'
import type { Storage } from '../../src/core/parts.ts'
import type { DocumentWrite } from '../../src/core/ports/record-store.ts'
import { sampleCollection, sampleFile } from '../../src/testing/samples.ts'
import { openOracle, STORAGES } from '../support/storage.ts'

const DIMENSIONS = 3
const COLLECTIONS = ['a', 'b\ud800']

/** Strings that break what is careless: lone surrogates, NULs, quotes, SQL and FTS syntax. */
const oddText = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('apple', 'pear tree', 'getUserName snake_case', 'Straße café', '東京タワー', '10x'),
  },
  {
    weight: 2,
    arbitrary: fc.string({ unit: fc.constantFrom(...'ab \0"\'*():^-+{}%_\\\n\ud800\udc00é東'), maxLength: 12 }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('AND', 'NEAR(a b)', 'x"; drop table documents; --', '\ufeff', '{"a":1}', ''),
  },
)
const identifier = fc.oneof(fc.constantFrom('1', '2', '3', '/r/a', '/r/b', '/r/c/d'), oddText)
const scalar = fc.oneof(oddText, fc.constantFrom(0, 1, 2, 0.5, -1), fc.boolean(), fc.constant(null))
const field = fc.constantFrom('n', 'tag', 'deep.x', 'a"b', "it's", '__proto__', 'toString')
const metadata = fc.dictionary(
  fc.constantFrom('n', 'tag', 'a"b', "it's", 'toString', '\ud800'),
  fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
  { maxKeys: 3, noNullPrototype: true },
)
const vector = fc
  .array(fc.integer({ min: -2, max: 2 }), { minLength: DIMENSIONS, maxLength: DIMENSIONS })
  .filter((numbers) => numbers.some(Boolean))
  .map((numbers) => Float32Array.from(numbers))

const condition: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ key: field, value: scalar }).map(({ key, value }) => ({ [key]: value })),
  fc
    .record({ key: field, value: fc.array(scalar, { maxLength: 3 }) })
    .map(({ key, value }) => ({ [key]: { $nin: value } })),
  fc
    .record({ key: field, value: fc.constantFrom(0, 1, 'apple') })
    .map(({ key, value }) => ({ [key]: { $gte: value } })),
  field.map((key) => ({ [key]: { $exists: true } })),
  identifier.map((id) => ({ $id: id })),
  fc.constantFrom('/r', '/r/c', '/').map((folder) => ({ $path: { $under: folder } })),
  fc.constantFrom('/r/*', '**/d', '?r/**').map((glob) => ({ $path: { $glob: glob } })),
)
const filter = fc.letrec<{ node: Filter }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    condition,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })),
    tie('node').map(($not) => ({ $not })),
  ),
})).node

const document: fc.Arbitrary<DocumentWrite> = fc
  .record({
    id: identifier,
    title: fc.option(oddText),
    metadata,
    path: fc.option(identifier),
    parts: fc.array(fc.tuple(fc.array(oddText, { maxLength: 4 }), fc.option(vector, { freq: 4 })), { maxLength: 4 }),
  })
  .map(({ id, title, metadata, path, parts }) => {
    const texts = parts.map(([words]) => words.join(' '))
    const starts = texts.map((_, index) => texts.slice(0, index).join('\n').length + (index && 1))
    return {
      ...{ id, title, metadata, format: 'text', text: texts.join('\n') },
      ...{ contentHash: 'h', chunkingFingerprint: 'c' },
      ...(path !== null && { file: sampleFile(path) }),
      chunks: parts.map(([, vector], index) => ({
        place: {
          start: starts[index] as number,
          end: (starts[index] as number) + (texts[index] as string).length,
          lines: [index + 1, index + 1],
          heading: title ? [title] : [],
          symbol: title,
        },
        embeddingHash: texts[index] as string,
        vector,
      })),
    }
  })

const collection = fc.constantFrom(...COLLECTIONS)
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('put' as const),
      collection,
      documents: fc.array(document, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('delete' as const),
      collection,
      ids: fc.array(identifier, { maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('move' as const), collection, id: identifier, to: identifier }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('space' as const), collection, fingerprint: fc.constantFrom('f', 'g') }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('recreate' as const), collection }) },
)
const search = fc.record({
  collection,
  query: fc.array(oddText, { maxLength: 4 }).map((words) => words.join(' ')),
  vector,
  limit: fc.integer({ min: 1, max: 8 }),
  filter: fc.option(filter),
})
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never
type Search = typeof search extends fc.Arbitrary<infer T> ? T : never

const RUNS = { 'SQLite inline': 60, 'SQLite without sqlite-vec': 30, 'SQLite in threads': 5 }

describe.each(Object.entries(RUNS))('%s answers as the naive oracle does', (name, numRuns) => {
  test('after any sequence of changes', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { maxLength: 12 }),
        fc.array(search, { minLength: 1, maxLength: 6 }),
        async (commands, searches) => {
          const oracle = openOracle()
          const storage = await STORAGES[name as keyof typeof STORAGES]()
          try {
            for (const each of [oracle, storage]) for (const name of COLLECTIONS) await create(each, name)
            for (const command of commands) expect(await apply(storage, command)).toEqual(await apply(oracle, command))
            expect(await describeRecords(storage)).toEqual(await describeRecords(oracle))
            for (const search of searches) await compareSearches(storage, oracle, search)
          } finally {
            await storage.close()
          }
        },
      ),
      { numRuns },
    )
  })
})

function create(storage: Storage, name: string) {
  return storage.records.createCollection(sampleCollection(name, { fingerprint: 'f', dimensions: DIMENSIONS }))
}

/** What a change answers, without the keys, which are each store's own. */
async function apply({ records, ...storage }: Storage, command: Command): Promise<unknown> {
  const { collection } = command
  if (command.type === 'put') {
    const results = await records.putDocuments(collection, command.documents)
    return results.map((result) => (result.ok ? result.chunkKeys.length : result.error.code))
  }
  if (command.type === 'delete') return records.deleteDocuments(collection, command.ids)
  if (command.type === 'move') {
    const { id, to } = command
    return records.moveDocument(collection, id, { id: to, file: sampleFile(to) }).catch(({ code }) => code)
  }
  if (command.type === 'space') {
    const { fingerprint } = await records.updateCollection(collection, { fingerprint: command.fingerprint })
    return fingerprint
  }
  await records.dropCollection(collection)
  const { name } = await create({ records, ...storage }, collection)
  return name
}

async function describeRecords({ records }: Storage): Promise<unknown> {
  const collections = await records.collections()
  const changes = await records.changes(0, 10_000)
  const each = collections.map(async ({ name, fingerprint }) => {
    const documents = await records.documents(name, { limit: 100 })
    const chunks = (await Promise.all(documents.map(({ id }) => records.chunksOfDocument(name, id)))).flat()
    const vectors = await records.vectors(
      chunks.map(({ key }) => key),
      fingerprint,
    )
    const hashes = chunks.map(({ text }) => text)
    const byHash = await records.vectorsByHash(name, fingerprint, hashes)
    return {
      documents: documents.map(({ key: _, createdAt, updatedAt, ...document }) => document),
      chunks: chunks.map(({ key, documentKey: _, ...chunk }) => ({ ...chunk, vector: vectors.get(key) ?? null })),
      hashes: hashes.map((hash) => byHash.has(hash)),
      files: await records.files(name, '/'),
    }
  })
  return {
    changes: changes.map(({ sequence: _, ...change }) => change),
    collections: await Promise.all(each),
    counts: await records.counts(),
  }
}

async function compareSearches(
  storage: Storage,
  oracle: Storage,
  { collection: name, query, vector, limit, filter }: Search,
) {
  const answers = await Promise.all(
    [storage, oracle].map(async (each) => {
      const collection = (await each.records.collection(name)) ?? expect.fail()
      const documents = await each.records.documents(name, { limit: 100 })
      const chunks = (await Promise.all(documents.map(({ id }) => each.records.chunksOfDocument(name, id)))).flat()
      const keys = chunks.map(({ key }) => key)
      const at = (key: number) => keys.indexOf(key)
      const options = { limit, ...(filter && { filter: parseFilter(filter) }) }
      const vectors = each.vectorIndex(collection)
      const nearest = await vectors.search(vector, options)
      const lexical = await each.lexicalIndex(collection).search(query, { ...options, include: keys.slice(0, 3) })
      const similarities = await vectors.similarities(vector, keys)
      const found = ({ key, ...hit }: { key: number }) => ({ at: at(key), ...hit })
      return {
        chunks: keys.length,
        nearest: nearest.map(found),
        lexical: { ...lexical, hits: lexical.hits.map(found), included: lexical.included.map(found) },
        similarities: [...similarities].map(([key, value]) => [at(key), value]).sort(([a = 0], [b = 0]) => a - b),
        distribution: await vectors.distribution(vector),
        filtered: filter ? await each.records.countDocuments(name, parseFilter(filter)) : null,
      }
    }),
  )
  const [{ lexical, distribution, ...actual }, { lexical: expectedLexical, distribution: spread, ...expected }] =
    answers as [(typeof answers)[number], (typeof answers)[number]]
  expect(actual).toEqual(expected)
  expect(distribution.count).toBe(spread.count)
  expect(Math.abs(distribution.mean - spread.mean)).toBeLessThan(1e-9)
  expect(Math.abs(distribution.deviation ** 2 - spread.deviation ** 2)).toBeLessThan(1e-9)
  compareLexical(lexical, expectedLexical, limit)
}

type Lexical = {
  hits: { score?: number; at: number }[]
  included: { score?: number; at: number }[]
  terms: unknown
  bound: number
}

/** Scores agree to rounding; where two differ only by rounding, either may come first or be the last one in. */
function compareLexical(actual: Lexical, expected: Lexical, limit: number): void {
  expect(actual.terms).toEqual(expected.terms)
  expect(actual.bound).toBeCloseTo(expected.bound, 9)
  const scores = ({ hits }: Lexical) => hits.map(({ score = 0 }) => score)
  expect(actual.hits.length).toBe(expected.hits.length)
  for (const [rank, score] of scores(actual).entries()) expect(score / (scores(expected)[rank] ?? 0)).toBeCloseTo(1, 9)
  if (actual.hits.length < limit) expect(positions(actual.hits)).toEqual(positions(expected.hits))
  const all = (answer: Lexical) => new Map([...answer.hits, ...answer.included].map(({ at, score = 0 }) => [at, score]))
  for (const [at, score] of all(actual)) {
    const reference = all(expected).get(at)
    if (reference !== undefined) expect(score / reference).toBeCloseTo(1, 9)
  }
}

function positions(hits: { at: number }[]): number[] {
  return hits.map(({ at }) => at).sort((a, b) => a - b)
}
