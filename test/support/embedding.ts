import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export { type Closeness, closeness, largestDifference, vectorsOf } from '../../bench/suites/closeness.ts'

import { SemdexError, throwIfAborted } from '../../src/core/errors.ts'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import { fromBlob, norm } from '../../src/core/vectors.ts'
import type { TextEngine } from '../../src/embedding/engine.ts'
import { type EmbedderSettings, openEmbedder } from '../../src/embedding/open-embedder.ts'
import { openTokenizer, type Tokenizer } from '../../src/embedding/tokenizing/tokenizer.ts'
import { CATALOGUE } from '../../src/models/catalogue/catalogue.ts'
import { embeddingFingerprint } from '../../src/models/fingerprint.ts'
import { readFolderSpec } from '../../src/models/folders/folder-spec.ts'
import { asset, inRepository } from './assets.ts'

export const DEFAULT_FOLDER = inRepository('models/all-MiniLM-L6-v2')

export function specOf(name: string): ModelSpec {
  const spec = CATALOGUE.find((candidate) => candidate.name === name)
  if (!spec) throw new Error(`no ${name} in the catalogue`)
  return spec
}

/** The fp32 file among the assets is an own export: same weights, other bytes than the published file. */
export function fp32Spec(): ModelSpec {
  const spec = specOf('all-MiniLM-L6-v2-fp32')
  const bytes = statSync(asset('models/all-MiniLM-L6-v2/onnx/model.onnx')).size
  const files = spec.files.map((file) => (file.role === 'weights' ? { ...file, sha256: '0'.repeat(64), bytes } : file))
  return { ...spec, files }
}

export function openTestEmbedder(settings: Partial<EmbedderSettings> = {}): Promise<Embedder> {
  const spec = settings.spec ?? specOf('all-MiniLM-L6-v2')
  return openEmbedder({
    folder: DEFAULT_FOLDER,
    fingerprint: embeddingFingerprint(spec) ?? 'incomplete',
    mode: 'threads',
    workers: 2,
    threads: 1,
    provider: 'cpu',
    queueBytes: 64_000_000,
    idleSeconds: 0,
    cacheDirectory: null,
    cache: null,
    remoteKey: null,
    ...settings,
    spec,
  })
}

/** The rows of a row-major little-endian float32 file. */
export function rowsOf(bytes: Uint8Array, dimensions: number): Float32Array[] {
  const all = fromBlob(Uint8Array.from(bytes))
  return Array.from({ length: all.length / dimensions }, (_, row) =>
    all.slice(row * dimensions, (row + 1) * dimensions),
  )
}

/** The objects of a file of JSON lines. */
export function readJsonLines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

/** What a model folder says of itself; digests are remembered nowhere. */
export function folderSpec(folder: string): Promise<ModelSpec> {
  return readFolderSpec(folder, { cacheDirectory: '/dev/null/none' })
}

export interface CountedEngine extends TextEngine {
  /** The texts of each call. */
  calls: string[][]
  /** Texts that give an error. */
  failing: Set<string>
}

/** An engine that says what it was asked: a vector is a function of its text, a token a word. */
export function countedEngine(dimensions = 384): CountedEngine {
  const vectorOf = (text: string) => {
    const code = [...text].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) as number)) % 65_521, 7)
    const raw = Float32Array.from({ length: dimensions }, (_, i) => Math.sin(code * (i + 1)))
    return raw.map((value) => value / norm(raw))
  }
  const engine: CountedEngine = {
    calls: [],
    failing: new Set(),
    async embed(texts: readonly string[], { signal, onSettled }) {
      engine.calls.push([...texts])
      await new Promise((resolve) => setTimeout(resolve, 5))
      throwIfAborted(signal)
      onSettled(texts.length)
      return texts.map((text) =>
        engine.failing.has(text)
          ? { ok: false, error: new SemdexError('EMBEDDING_FAILED', { message: 'The text failed.' }) }
          : { ok: true, vector: vectorOf(text), tokens: text.split(' ').length + 2, truncated: false },
      )
    },
    state: () => ({ waiting: 0, workers: 0, restarts: 0 }),
    close: async () => undefined,
  }
  return engine
}

/** The ids of a text by the tokenizer of a model's folder, without special tokens. */
export function tokenizeBy(folder: string): (text: string) => Promise<number[]> {
  let tokenizer: Promise<Tokenizer> | null = null
  return async (text) => {
    tokenizer ??= openTokenizer(join(folder, 'tokenizer.json'))
    return (await tokenizer).pieces(text, Number.MAX_SAFE_INTEGER)
  }
}
