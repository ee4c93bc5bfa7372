import { SemdexError, throwIfAborted, toSemdexError } from '../core/errors.ts'
import type { EmbeddingKind, ModelSpec } from '../core/model-spec.ts'
import type { Embedded, Embedder, EmbedOptions, EmbedResult } from '../core/ports/embedder.ts'
import { safeText } from '../core/text.ts'
import { norm } from '../core/vectors.ts'
import { planBatches } from './batching.ts'
import type { JobOptions, ModelRunner } from './runtimes/runner.ts'
import type { Encoding } from './tokenizer.ts'

export interface EmbedderSettings {
  spec: ModelSpec
  folder: string
  fingerprint: string
  /** `threads`: worker threads run the model. `inline`: the calling thread does, and is blocked while it does. */
  mode: 'threads' | 'inline'
  /** The most worker threads; each keeps its own copy of the model and starts when it is first needed. */
  workers: number
  /** Threads of ONNX Runtime in each worker. */
  threads: number
  /** Where an inline model keeps files that make its next start faster; null for none. */
  cacheDirectory: string | null
}

/**
 * A loaded model. Its files are taken as they are: `verifyModel` checks them.
 * @throws {SemdexError} `RUNTIME_UNAVAILABLE`, `MODEL_DAMAGED`, `MODEL_INVALID`
 */
export async function openEmbedder(settings: EmbedderSettings): Promise<Embedder> {
  const { spec, fingerprint } = settings
  return createEmbedder(spec, fingerprint, await openRunner(settings))
}

/** The port's promises on top of a runner. */
export function createEmbedder(spec: ModelSpec, fingerprint: string, runner: ModelRunner): Embedder {
  const running = new Set<Promise<unknown>>()
  let closing: Promise<void> | null = null

  async function closeAfterWork(): Promise<void> {
    await Promise.allSettled(running)
    await runner.close()
  }

  return {
    spec,
    fingerprint,
    async embed(texts, options) {
      if (closing) throw closed(spec)
      throwIfAborted(options.signal)
      const work = embedTexts(texts, options, spec, runner)
      running.add(work)
      try {
        return await untilAborted(work, options.signal)
      } finally {
        work.catch(() => undefined).finally(() => running.delete(work))
      }
    },
    close() {
      closing ??= closeAfterWork()
      return closing
    },
  }
}

async function openRunner({ mode, workers, spec, folder, threads, cacheDirectory }: EmbedderSettings) {
  if (mode === 'inline') {
    const { openInline } = await import('./runtimes/onnx/inline.ts')
    return openInline({ spec, folder, threads, cacheDirectory })
  }
  const { openWorkerPool } = await import('./runtimes/onnx/worker-pool.ts')
  return openWorkerPool({ spec, folder, threads, workers })
}

async function embedTexts(
  texts: readonly string[],
  { kind, signal, onProgress }: EmbedOptions,
  spec: ModelSpec,
  runner: ModelRunner,
): Promise<EmbedResult[]> {
  const results = new Array<EmbedResult>(texts.length)
  const job: JobOptions = { urgent: kind === 'query', signal }
  let done = 0
  const settle = (index: number, result: EmbedResult) => {
    results[index] = result
    done++
  }

  const indexes = texts.flatMap((text, index) => (isEmpty(text) ? [] : [index]))
  for (const [index, text] of texts.entries()) if (isEmpty(text)) settle(index, emptyText())
  if (done > 0) onProgress?.(done)
  const encodings = await tokenizeAll(
    indexes.map((index) => promptedText(texts[index] as string, kind, spec)),
    runner,
    job,
  )
  await Promise.all(
    planBatches(encodings.map(({ ids }) => ids.length)).map(async (batch) => {
      const embedded = await embedBatch(
        batch.map((at) => encodings[at] as Encoding),
        spec,
        runner,
        job,
      )
      for (const [row, at] of batch.entries()) settle(indexes[at] as number, embedded[row] as EmbedResult)
      if (!signal?.aborted) onProgress?.(done)
    }),
  )
  return results
}

/** Control and format characters are all that is in it, if anything. */
function isEmpty(text: string): boolean {
  return !/[^\p{Cc}\p{Cf}]/u.test(text)
}

function promptedText(text: string, kind: EmbeddingKind, { prompts }: ModelSpec): string {
  return prompts[kind] + safeText(text)
}

const TEXTS_PER_JOB = 64

async function tokenizeAll(texts: readonly string[], runner: ModelRunner, job: JobOptions): Promise<Encoding[]> {
  const slices = Array.from({ length: Math.ceil(texts.length / TEXTS_PER_JOB) }, (_, index) =>
    texts.slice(index * TEXTS_PER_JOB, (index + 1) * TEXTS_PER_JOB),
  )
  return (await Promise.all(slices.map((slice) => runner.tokenize(slice, job)))).flat()
}

/** A batch that fails as a whole is tried text by text, so that a failure belongs to one text. */
async function embedBatch(
  batch: readonly Encoding[],
  spec: ModelSpec,
  runner: ModelRunner,
  job: JobOptions,
): Promise<EmbedResult[]> {
  try {
    const ids = batch.map((encoding) => encoding.ids)
    const vectors = await runner.infer(ids, job)
    return batch.map((encoding, row) => resultOf(encoding, vectors, row, spec.dimensions))
  } catch (thrown) {
    const error = toSemdexError(thrown)
    if (!OF_ONE_TEXT.has(error.code)) throw error
    if (batch.length === 1) return [{ ok: false, error }]
    return (await Promise.all(batch.map((encoding) => embedBatch([encoding], spec, runner, job)))).flat()
  }
}

const OF_ONE_TEXT = new Set<string>(['EMBEDDING_FAILED', 'INTERNAL'])

function resultOf({ ids, truncated }: Encoding, vectors: Float32Array, row: number, dimensions: number): EmbedResult {
  const vector = vectors.slice(row * dimensions, (row + 1) * dimensions)
  const length = norm(vector)
  if (!Number.isFinite(length)) return notANumber()
  if (length === 0) return zeroVector()
  return { ok: true, vector, tokens: ids.length, truncated } satisfies Embedded
}

function emptyText(): EmbedResult {
  return failure('EMPTY_EMBEDDING', 'The text is empty: there is nothing in it that a model could read.')
}

function zeroVector(): EmbedResult {
  return failure('EMPTY_EMBEDDING', 'The model gives the zero vector for this text, which has no direction.')
}

function notANumber(): EmbedResult {
  return failure('NAN_EMBEDDING', 'The model gives numbers that are not finite for this text.')
}

function failure(code: 'EMPTY_EMBEDDING' | 'NAN_EMBEDDING', message: string): EmbedResult {
  return { ok: false, error: new SemdexError(code, { message }) }
}

function closed({ name }: ModelSpec): SemdexError {
  return new SemdexError('EMBEDDER_CLOSED', { message: `The embedder of ${name} is closed.` })
}

/** Rejects as soon as the signal fires; what has begun ends unobserved. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      try {
        throwIfAborted(signal)
      } catch (aborted) {
        reject(aborted)
      }
    }
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
