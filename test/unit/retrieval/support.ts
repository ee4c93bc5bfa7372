import { type ErrorCode, SemdexError, throwIfAborted } from '../../../src/core/errors.ts'
import type { ModelSpec } from '../../../src/core/model-spec.ts'
import type { Models, Storage } from '../../../src/core/parts.ts'
import type { EmbedResult } from '../../../src/core/ports/embedder.ts'
import type { Collection } from '../../../src/core/ports/record-store.ts'
import { noMetrics } from '../../../src/embedding/timings.ts'
import { analyze, queryTerms } from '../../../src/indexes/lexical/analyzer.ts'
import { openMemoryStorage } from '../../../src/testing/memory.ts'

export const openTestStorage = (): Storage => openMemoryStorage({ analyze, queryTerms, contextWeight: 2 })

export interface TestModel {
  dimensions: number
  fingerprint?: string
  /** Thrown where the model is loaded. */
  broken?: ErrorCode
}

export interface TestModels extends Models {
  /** The queries that were embedded, with the model's name. */
  asked: string[]
}

/** Models whose vectors count the letters of a text: the same text has the same vector, a like text a near one. */
export function testModels(models: Record<string, TestModel>): TestModels {
  const asked: string[] = []
  const need = (name: string | null): TestModel => {
    const model = models[name ?? '']
    if (!model) throw new SemdexError('MODEL_UNKNOWN', { message: `There is no model ${name}.`, fix: 'name another' })
    return model
  }
  const unused = () => Promise.reject(new Error('not a part of this test'))
  return {
    asked,
    async resolve(name) {
      const model = need(name)
      return {
        name: name as string,
        spec: {} as ModelSpec,
        fingerprint: fingerprintOf(name as string, model),
        folder: '',
      }
    },
    async embedder(name) {
      const { dimensions, broken } = need(name)
      if (broken) throw new SemdexError(broken, { message: `The model ${name} is broken.`, fix: `mend ${name}` })
      return {
        spec: {} as ModelSpec,
        fingerprint: '',
        async embed(texts: readonly string[], { kind, signal }) {
          throwIfAborted(signal)
          asked.push(...texts.map((text) => `${name}: ${kind}: ${text}`))
          return texts.map((text): EmbedResult => {
            const vector = letterVector(text, dimensions)
            return { ok: true, vector, tokens: 1, truncated: false }
          })
        },
        metrics: noMetrics,
        async close() {},
      }
    },
    reranker: unused,
    metrics: () => [],
    tokenCounter: unused,
    list: unused,
    verify: unused,
    pull: unused,
    add: unused,
    remove: unused,
    async close() {},
  }
}

function fingerprintOf(name: string, { fingerprint = 'files' }: TestModel): string {
  return `${name}:${fingerprint}`
}

/** Unit length. */
export function letterVector(text: string, dimensions: number): Float32Array {
  const counts = new Float64Array(dimensions).fill(0.1)
  for (const letter of text.toLowerCase()) {
    const at = (letter.codePointAt(0) as number) % dimensions
    counts[at] = (counts[at] as number) + 1
  }
  const length = Math.hypot(...counts)
  return Float32Array.from(counts, (count) => count / length)
}

export interface TestDocument {
  id: string
  /** Each becomes a chunk; null for a chunk that waits for its vector. */
  passages: string[]
  unembedded?: boolean
  path?: string
  metadata?: Record<string, string | number>
}

export async function makeCollection(
  storage: Storage,
  name: string,
  model: [name: string, model: TestModel] | null,
  documents: readonly TestDocument[],
): Promise<Collection> {
  const collection = await storage.records.createCollection({
    name,
    model: model?.[0] ?? null,
    fingerprint: model ? fingerprintOf(...model) : 'own',
    dimensions: model?.[1].dimensions ?? 3,
  })
  await put(storage, collection, documents)
  return collection
}

export async function put(storage: Storage, collection: Collection, documents: readonly TestDocument[]): Promise<void> {
  const writes = documents.map(({ id, passages, unembedded = false, path, metadata = {} }) => ({
    id,
    title: null,
    format: 'text' as const,
    text: passages.join('\n'),
    metadata,
    contentHash: '',
    chunkingFingerprint: '',
    chunks: passages.map((passage, i) => ({
      place: placeOf(passages, i),
      embeddingHash: passage,
      vector: unembedded ? null : letterVector(passage, collection.dimensions),
    })),
    ...(path && { file: { path, size: 1, modifiedAt: 1, inode: 1, checkedAt: 1 } }),
  }))
  for (const result of await storage.records.putDocuments(collection.name, writes)) if (!result.ok) throw result.error
}

function placeOf(passages: readonly string[], i: number) {
  const start = passages.slice(0, i).reduce((sum, passage) => sum + passage.length + 1, 0)
  const end = start + (passages[i] as string).length
  return { start, end, lines: [i + 1, i + 1] as [number, number], heading: [`part ${i + 1}`], symbol: null }
}
