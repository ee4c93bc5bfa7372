import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { Storage } from '../../src/core/parts.ts'
import type { DocumentChange, RevisionWrite } from '../../src/core/ports/record-store.ts'
import { type Side, type SideModel, sideModel } from '../../src/core/sides.ts'
import { sampleCollection, sampleDocument } from '../../src/testing/samples.ts'
import { openOracle, STORAGES } from '../support/storage.ts'

const MODELS: Record<string, SideModel> = {
  f: { model: 'F', fingerprint: 'f', dimensions: 3 },
  g: { model: 'G', fingerprint: 'g', dimensions: 2 },
  h: { model: 'H', fingerprint: 'h', dimensions: 3 },
}
const IDS = ['1', '2', '3']
const NOW = 5

const id = fc.constantFrom(...IDS)
const model = fc.constantFrom('f', 'g', 'h')
const side = fc.constantFrom<Side>('text', 'code')
const numbers = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: -2, max: 2 }),
  fc.integer({ min: -2, max: 2 }),
)
/** A vector, an error, or neither. */
const content = fc.oneof({ weight: 3, arbitrary: numbers }, fc.constant('error' as const), fc.constant(null))
const revision = fc.record({ change: fc.constantFrom('x', 'y'), at: fc.integer({ min: 0, max: 9 }) })
const change = fc.record(
  { id, active: fc.boolean(), ifVersion: fc.integer({ min: 0, max: 2 }), revision, metadata: fc.constant({ n: 1 }) },
  { requiredKeys: ['id'] },
)
const pick = fc.record({ id, position: fc.integer({ min: 0, max: 1 }), content })

const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record(
      {
        ...{ type: fc.constant('put' as const), id, side, active: fc.boolean(), revision },
        contents: fc.array(content, { maxLength: 2 }),
        ifVersion: fc.integer({ min: 0, max: 2 }),
        also: fc.array(change, { maxLength: 2 }),
        fingerprint: model,
      },
      { requiredKeys: ['type', 'id', 'contents', 'side'] },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ type: fc.constant('fill' as const), fingerprint: model },
      picks: fc.array(pick, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('fill all' as const), fingerprint: model, numbers }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ type: fc.constant('attempt' as const), fingerprint: model, nextAt: fc.integer({ min: 1, max: 9 }) },
      picks: fc.array(pick, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('retry' as const), fingerprint: model }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('revise' as const),
      changes: fc.array(change, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('delete' as const), id, revision: fc.option(revision) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('models' as const), text: fc.option(model), code: fc.option(model) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('layout' as const), layout: fc.constantFrom('native', 'padded') }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('begin' as const), side, to: model }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('switch' as const), side, serving: fc.constantFrom('old', 'new') }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('end' as const), side }) },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

const RUNS = { 'SQLite inline': 150, 'SQLite without sqlite-vec': 40 }

describe.each(Object.entries(RUNS))('%s has the sides that the naive oracle has', (name, numRuns) => {
  test('after any sequence of changes and migrations', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.constantFrom('g', 'h')),
        fc.array(command, { minLength: 4, maxLength: 16 }),
        async (code, commands) => {
          const oracle = openOracle()
          const storage = await STORAGES[name as keyof typeof STORAGES]()
          try {
            for (const each of [oracle, storage]) {
              const given = sampleCollection('a', { ...MODELS.f, code: code === null ? null : modelOf(code) })
              await each.records.createCollection(given)
            }
            for (const command of commands) expect(await apply(storage, command)).toEqual(await apply(oracle, command))
            expect(await describeAll(storage)).toEqual(await describeAll(oracle))
          } finally {
            await storage.close()
          }
        },
      ),
      { numRuns },
    )
  })
})

/** What a command answers, or the code of its error; without keys, which are each store's own. */
async function apply(storage: Storage, command: Command): Promise<unknown> {
  return run(storage, command).catch((thrown) => {
    if (thrown instanceof SemdexError) return thrown.code
    throw thrown
  })
}

async function run({ records, waiting, migrations, ...storage }: Storage, command: Command): Promise<unknown> {
  if (command.type === 'put') return put(records, command)
  if (command.type === 'fill') {
    const picks = await choose({ records, waiting, migrations, ...storage }, command.picks)
    const { dimensions } = modelOf(command.fingerprint)
    const writes = picks.map(({ key, content }) => {
      const vector = Array.isArray(content) ? Float32Array.from(content.slice(0, dimensions)) : null
      const base = { key, embeddingHash: `hash ${command.fingerprint}` }
      return vector ? { ...base, vector } : { ...base, vector: null, error: failure() }
    })
    return records.putVectors('a', command.fingerprint, writes)
  }
  if (command.type === 'fill all') {
    const { fingerprint, numbers } = command
    const due = await waiting.waitingChunks('a', fingerprint, { limit: 99, at: NOW })
    const vector = Float32Array.from(numbers.slice(0, modelOf(fingerprint).dimensions))
    const writes = due.map(({ key }) => ({ key, embeddingHash: 'hash', vector }))
    return records.putVectors('a', fingerprint, writes)
  }
  if (command.type === 'attempt') {
    const picks = await choose({ records, waiting, migrations, ...storage }, command.picks)
    const attempts = picks.map(({ key }) => ({ key, nextAt: command.nextAt, error: failure() }))
    return waiting.putAttempts('a', command.fingerprint, attempts)
  }
  if (command.type === 'retry') return waiting.retryWaiting('a', command.fingerprint)
  if (command.type === 'revise') return records.reviseDocuments('a', command.changes as DocumentChange[])
  if (command.type === 'delete') {
    return records.deleteDocuments('a', [command.id], command.revision ? { revision: command.revision } : {})
  }
  if (command.type === 'models') {
    const { fingerprint, dimensions } = modelOf(command.text ?? 'f')
    const code = command.code === null ? null : modelOf(command.code)
    const { key: _, createdAt: __, ...updated } = await records.updateCollection('a', { fingerprint, dimensions, code })
    return updated
  }
  if (command.type === 'layout') {
    return (await records.updateCollection('a', { layout: command.layout as 'native' })).layout
  }
  if (command.type === 'begin') return migrations.beginMigration('a', command.side, modelOf(command.to), 1)
  if (command.type === 'switch') return migrations.switchMigration('a', command.side, command.serving as 'old', 2)
  return migrations.endMigration('a', command.side)
}

async function put(records: Storage['records'], command: Extract<Command, { type: 'put' }>): Promise<unknown> {
  const { type: _, contents, revision, also, ...given } = command
  const collection = (await records.collection('a')) ?? expect.fail()
  const { dimensions } = given.fingerprint ? modelOf(given.fingerprint) : sideModel(collection, given.side)
  const document = sampleDocument(
    given.id,
    contents.map((content, at) => [`text ${at}`, Array.isArray(content) ? content.slice(0, dimensions) : null]),
    {
      ...given,
      ...(revision && { revision: revision as RevisionWrite }),
      ...(also && { also: also as DocumentChange[] }),
    },
  )
  for (const [at, chunk] of document.chunks.entries()) if (contents[at] === 'error') chunk.error = failure()
  const [result] = await records.putDocuments('a', [document])
  return result?.ok ? result.chunkKeys.length : result?.error.code
}

/** The chunks that are there. */
async function choose({ records }: Storage, picks: { id: string; position: number; content: unknown }[]) {
  const found = picks.map(async ({ id, position, content }) => {
    const chunk = (await records.chunksOfDocument('a', id))[position]
    return chunk ? [{ key: chunk.key, content }] : []
  })
  return (await Promise.all(found)).flat()
}

async function describeAll(storage: Storage): Promise<unknown> {
  const { records, waiting, migrations } = storage
  const { key: _, createdAt: __, ...collection } = (await records.collection('a')) ?? expect.fail()
  const documents = await records.listDocuments('a', { limit: 99 })
  const chunks = (await Promise.all(documents.map(({ id }) => records.chunksOfDocument('a', id)))).flat()
  const at = (key: number) => chunks.findIndex((chunk) => chunk.key === key)
  const counts = await waiting.countWaiting({ at: NOW })
  return {
    collection,
    documents: documents.map(({ key: _, createdAt: __, updatedAt: ___, ...document }) => document),
    chunks: chunks.map(({ key: _, documentKey: __, ...chunk }) => chunk),
    revisions: await Promise.all(IDS.map((id) => records.revisions('a', id))),
    counts: await records.counts(),
    waiting: counts.map(({ lastError, ...count }) => ({ ...count, tried: lastError !== null })),
    migrations: await migrations.migrations(),
    changes: (await records.changes(0, 10_000)).map(({ sequence: _, ...change }) => change),
    models: await Promise.all(Object.values(MODELS).map((each) => describeModel(storage, each, chunks, at))),
  }
}

/** What is stored of a model, what waits for it, and what a search of it finds. */
async function describeModel(
  { records, waiting, vectorIndex }: Storage,
  model: SideModel,
  chunks: { key: number }[],
  at: (key: number) => number,
): Promise<unknown> {
  const keys = chunks.map(({ key }) => key)
  const vectors = await records.vectors(keys, model.fingerprint)
  const due = await waiting
    .waitingChunks('a', model.fingerprint, { limit: 99, at: NOW })
    .catch(({ code }: SemdexError) => code)
  const collection = (await records.collection('a')) ?? expect.fail()
  const query = Float32Array.from([1, 2, -1].slice(0, model.dimensions))
  const index = vectorIndex(collection, model)
  const isUsed = typeof due !== 'string'
  const { count, mean } = isUsed ? await index.distribution(query) : { count: 0, mean: 0 }
  return {
    vectors: [...vectors].map(([key, vector]) => [at(key), vector]).sort(([a], [b]) => Number(a) - Number(b)),
    due: isUsed ? due.map(({ key, attempts }) => [at(key), attempts]) : due,
    hits: isUsed ? (await index.search(query, { limit: 99 })).map(({ key, ...hit }) => ({ at: at(key), ...hit })) : [],
    spread: [count, Math.round(mean * 1e9) + 0],
  }
}

function modelOf(name: string): SideModel {
  return MODELS[name] ?? expect.fail()
}

function failure(): SemdexError {
  return new SemdexError('EMPTY_EMBEDDING', { message: 'There is nothing in it.' })
}
