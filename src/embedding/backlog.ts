import { SemdexError } from '../core/errors.ts'
import type { Embedder, EmbedInput, EmbedOptions } from '../core/ports/embedder.ts'
import type { Reranker } from '../core/ports/reranker.ts'

/** Bytes of a query that is always taken. */
const SMALL_QUERY = 64_000

/**
 * The same embedder, which refuses a call with `EMBEDDER_BUSY` where the texts of calls that are not done would be more
 * than `queueBytes`, at two bytes for each UTF-16 code unit or token. A call that finds nothing before it is taken whatever its
 * size, and so is a small query.
 */
export function withBacklog(embedder: Embedder, queueBytes: number): Embedder {
  const admit = createBacklog(queueBytes)
  return {
    ...embedder,
    async embed(texts, options) {
      const bytes = bytesOf(texts)
      return admit(bytes, () => embedder.embed(texts, options), isSmallQuery(bytes, options))
    },
  }
}

/** The same for a reranker; the query counts once. */
export function withRerankBacklog(reranker: Reranker, queueBytes: number): Reranker {
  const admit = createBacklog(queueBytes)
  return {
    ...reranker,
    rerank: async (query, passages, options) =>
      admit(bytesOf([query, ...passages]), () => reranker.rerank(query, passages, options)),
  }
}

/** Does the work, or refuses it where more than `queueBytes` would be in work; `always` takes it in any case. */
function createBacklog(queueBytes: number) {
  let waiting = 0
  return async <T>(bytes: number, work: () => Promise<T>, always = false): Promise<T> => {
    if (waiting > 0 && waiting + bytes > queueBytes && !always) throw busy(waiting, queueBytes)
    waiting += bytes
    try {
      return await work()
    } finally {
      waiting -= bytes
    }
  }
}

function bytesOf(texts: readonly EmbedInput[]): number {
  let units = 0
  for (const text of texts) units += text.length
  return 2 * units
}

function isSmallQuery(bytes: number, { kind }: EmbedOptions): boolean {
  return kind === 'query' && bytes <= SMALL_QUERY
}

function busy(waiting: number, limit: number): SemdexError {
  return new SemdexError('EMBEDDER_BUSY', {
    message: `The model has ${waiting} bytes of text before it, and is given no more than ${limit} at a time.`,
    fix: 'Wait for the calls that are under way, give fewer texts at a time, or raise the setting embedding.queueBytes',
    details: { waiting, limit },
  })
}
