import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import type { Storage } from '../../../src/core/parts.ts'
import type { Embedder, EmbedResult } from '../../../src/core/ports/embedder.ts'
import { noMetrics } from '../../../src/embedding/timings.ts'
import { type DueIndex, type DueOptions, embedDue } from '../../../src/maintenance/backfill/embed-due.ts'
import { DIMENSIONS, FINGERPRINT, hashVector } from '../../support/ingestion.ts'
import { openOracle, openTemporaryStorage } from '../../support/storage.ts'

const COLLECTION = 'notes'
const STORAGES = {
  'the naive oracle': async () => openOracle(),
  SQLite: () => openTemporaryStorage({ mode: 'threads' }),
}

describe.each(Object.entries(STORAGES))('over %s', (_, openStorage) => {
  let storage: Storage
  let model: TestModel

  beforeEach(async () => {
    storage = await openStorage()
    await storage.records.createCollection({
      name: COLLECTION,
      model: 'm',
      fingerprint: FINGERPRINT,
      dimensions: DIMENSIONS,
    })
    model = testModel()
  })
  afterEach(() => storage.close())

  const fill = (options?: DueOptions) => embedDue(storage, model.index, options)

  test('fills five of five, then two of two new ones, then none', async () => {
    await put(storage, range(0, 5))
    expect(await fill()).toMatchObject({ filled: 5, embedded: 5, failed: 0, retrying: 0, error: null })
    await put(storage, range(5, 7))
    expect(await fill()).toMatchObject({ filled: 2, embedded: 2 })
    const opened = model.opened
    expect(await fill()).toMatchObject({ filled: 0, embedded: 0 })
    expect(model.opened).toBe(opened)
    expect(model.read).toHaveLength(7)
    expect(await vectorOf(storage, 6)).toEqual(hashVector(textOf(6)))
  })

  test('gives each of many its own vector, and reads each text once', async () => {
    await put(storage, [...range(0, 1_300), ...range(0, 1_300)], (_, place) => `doc-${place}`)
    expect(await fill()).toMatchObject({ filled: 2_600 })
    // A text of another window is found among the vectors that are stored, or is read again at the border.
    expect(model.read.length).toBeLessThan(1_300 + 512)
    for (const i of [0, 31, 32, 511, 512, 1_299]) expect(await vectorOf(storage, i)).toEqual(hashVector(textOf(i)))
    expect(await pendingOf(storage)).toBe(0)
  })

  test('commits no more than 32 texts at a time, and keeps several calls under way', async () => {
    await put(storage, range(0, 320))
    await fill()
    expect(Math.max(...model.calls)).toBe(32)
    expect(model.mostAtOnce).toBeGreaterThan(1)
  })

  test('what is not active waits for nothing', async () => {
    await put(storage, range(0, 4))
    await storage.records.reviseDocuments(COLLECTION, [{ id: 'doc-1', active: false }])
    expect(await fill()).toMatchObject({ filled: 3 })
    await storage.records.reviseDocuments(COLLECTION, [{ id: 'doc-1', active: true }])
    expect(await fill()).toMatchObject({ filled: 1 })
  })

  test("a text's own error is kept and not tried again", async () => {
    model.textFailure = (text) => (text === textOf(1) ? failure('EMPTY_EMBEDDING') : null)
    await put(storage, range(0, 3))
    expect(await fill()).toMatchObject({ filled: 2, failed: 1, retrying: 0 })
    expect(await fill()).toMatchObject({ filled: 0, failed: 0 })
    expect(await chunkOf(storage, 1)).toMatchObject({ error: { code: 'EMPTY_EMBEDDING' } })
    model.textFailure = null
    expect(await storage.waiting.retryWaiting(COLLECTION, FINGERPRINT)).toBe(1)
    expect(await fill()).toMatchObject({ filled: 1, failed: 0 })
  })

  test('what a failing call left is tried later, each text alone', async () => {
    await put(storage, range(0, 3))
    model.callFailure = (texts) => (texts.includes(textOf(1)) ? failure('EMBEDDING_FAILED') : null)
    const told: number[] = []
    const began = Date.now()
    expect(await fill({ onFailure: (_, chunks) => told.push(chunks) })).toMatchObject({
      filled: 0,
      retrying: 3,
      error: null,
    })
    expect(told).toEqual([3])
    const [count] = await storage.waiting.countWaiting({ at: began })
    expect(count).toMatchObject({ waiting: 3, due: 0, retrying: 3, lastError: { code: 'EMBEDDING_FAILED' } })
    expect(count?.nextAt).toBeGreaterThanOrEqual(began + 5_000)
    expect(await fill()).toMatchObject({ filled: 0, retrying: 0 })
    expect(await fill({ at: Date.now() + 10_001 })).toMatchObject({ filled: 2, retrying: 1 })
    expect(await pendingOf(storage)).toBe(1)
  })

  test('a text that fails alone again and again is given up, and its record stays', async () => {
    await put(storage, range(0, 1))
    model.callFailure = () => failure('EMBEDDING_FAILED')
    for (let tries = 1; tries < 8; tries++) expect(await fill({ at: LATER })).toMatchObject({ retrying: 1, failed: 0 })
    expect(await fill({ at: LATER })).toMatchObject({ retrying: 0, failed: 1 })
    expect(await chunkOf(storage, 0)).toMatchObject({ error: { code: 'EMBEDDING_FAILED' }, text: textOf(0) })
  })

  test.each(['MODEL_NOT_INSTALLED', 'REMOTE_FAILED', 'PROVIDER_UNAVAILABLE'] as const)(
    'with %s it ends, says why, and leaves the rest waiting',
    async (code) => {
      await put(storage, range(0, 400))
      model.openFailure = failure(code)
      const report = await fill()
      expect(report).toMatchObject({ filled: 0, failed: 0, error: { code } })
      expect(report.retrying).toBeLessThan(400)
      expect(await pendingOf(storage)).toBe(400)
      model.openFailure = null
      expect(await fill({ at: LATER })).toMatchObject({ filled: 400 })
    },
  )

  test('a model whose files changed fills nothing', async () => {
    await put(storage, range(0, 2))
    model.fingerprint = 'another'
    expect(await fill()).toMatchObject({ filled: 0, error: { code: 'COLLECTION_MODEL_MISMATCH' } })
  })

  test('a model that has too much to do is asked again', async () => {
    await put(storage, range(0, 2))
    let busy = 2
    model.callFailure = () => (busy-- > 0 ? failure('EMBEDDER_BUSY') : null)
    expect(await fill()).toMatchObject({ filled: 2, retrying: 0 })
  })

  test('stops between calls, keeps what it did, and goes on', async () => {
    await put(storage, range(0, 2_000))
    const controller = new AbortController()
    const onProgress = (done: number) => done >= 64 && controller.abort()
    await expect(fill({ signal: controller.signal, onProgress })).rejects.toMatchObject({ code: 'ABORTED' })
    const left = await pendingOf(storage)
    expect(left).toBeLessThanOrEqual(1_936)
    expect(left).toBeGreaterThan(0)
    expect(await fill()).toMatchObject({ filled: left })
  })

  test('two at once do the work once', async () => {
    await put(storage, range(0, 200))
    const [one, other] = await Promise.all([fill(), fill()])
    expect([one.filled, other.filled].toSorted((a, b) => a - b)).toEqual([0, 200])
    expect(model.read).toHaveLength(200)
  })

  test('says how far it is', async () => {
    await put(storage, range(0, 100))
    const told: [number, number][] = []
    await fill({ onProgress: (done, total) => told.push([done, total]) })
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b))
    expect(told.at(-1)).toEqual([100, 100])
  })
})

const LATER = Number.MAX_SAFE_INTEGER

interface TestModel {
  index: DueIndex
  fingerprint: string
  opened: number
  /** The texts that were read, and how many by each call. */
  read: string[]
  calls: number[]
  mostAtOnce: number
  openFailure: SemdexError | null
  callFailure: ((texts: readonly string[]) => SemdexError | null) | null
  textFailure: ((text: string) => SemdexError | null) | null
}

function testModel(): TestModel {
  let atOnce = 0
  const model: TestModel = {
    fingerprint: FINGERPRINT,
    opened: 0,
    read: [],
    calls: [],
    mostAtOnce: 0,
    openFailure: null,
    callFailure: null,
    textFailure: null,
    index: {
      collection: COLLECTION,
      fingerprint: FINGERPRINT,
      openTexts: async () => (chunk) => chunk.text,
      async openEmbedder() {
        model.opened++
        if (model.openFailure) throw model.openFailure
        return embedder
      },
    },
  }
  const embedder: Embedder = {
    spec: { name: 'm' } as Embedder['spec'],
    get fingerprint() {
      return model.fingerprint
    },
    async embed(given, { signal }): Promise<EmbedResult[]> {
      const texts = given as readonly string[]
      model.mostAtOnce = Math.max(model.mostAtOnce, ++atOnce)
      await new Promise((resolve) => setTimeout(resolve, 1))
      atOnce--
      if (signal?.aborted) throw failure('ABORTED')
      const failed = model.callFailure?.(texts)
      if (failed) throw failed
      model.calls.push(texts.length)
      model.read.push(...texts)
      return texts.map((text) => {
        const error = model.textFailure?.(text)
        return error ? { ok: false, error } : { ok: true, vector: hashVector(text), tokens: 1, truncated: false }
      })
    },
    metrics: noMetrics,
    close: async () => undefined,
  }
  return model
}

function failure(code: SemdexError['code']): SemdexError {
  return new SemdexError(code, { message: `${code}.` })
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

function textOf(i: number): string {
  return `Note ${i}${' and more'.repeat(i % 17)}.`
}

async function put(storage: Storage, notes: readonly number[], idOf = (i: number, _: number) => `doc-${i}`) {
  const documents = notes.map((i, place) => {
    const text = textOf(i)
    const span = { start: 0, end: text.length, lines: [1, 1] as [number, number], heading: [], symbol: null }
    return {
      id: idOf(i, place),
      title: null,
      format: 'text' as const,
      text,
      metadata: {},
      contentHash: `hash-${i}`,
      chunkingFingerprint: 'chunking',
      chunks: [{ place: span, embeddingHash: `hash-${i}`, vector: null }],
    }
  })
  for (const result of await storage.records.putDocuments(COLLECTION, documents)) expect(result.ok).toBe(true)
}

async function chunkOf({ records }: Storage, i: number) {
  const [chunk] = await records.chunksOfDocument(COLLECTION, `doc-${i}`)
  if (!chunk) throw new Error(`there is no doc-${i}`)
  return chunk
}

async function vectorOf(storage: Storage, i: number) {
  const { key } = await chunkOf(storage, i)
  return (await storage.records.vectors([key], FINGERPRINT)).get(key)
}

async function pendingOf({ records }: Storage): Promise<number> {
  return (await records.counts()).find(({ collection }) => collection === COLLECTION)?.pending ?? 0
}
