import { SemdexError } from '../core/errors.ts'
import type { Embedder, EmbedOptions } from '../core/ports/embedder.ts'

/** Bytes of a query that is always taken. */
const SMALL_QUERY = 64_000

/**
 * The same embedder, which refuses a call with `EMBEDDER_BUSY` where the texts of calls that are not done would be more
 * than `queueBytes`, at two bytes for each UTF-16 code unit. A call that finds nothing before it is taken whatever its
 * size, and so is a small query.
 */
export function withBacklog(embedder: Embedder, queueBytes: number): Embedder {
  let waiting = 0
  return {
    ...embedder,
    async embed(texts, options) {
      const bytes = bytesOf(texts)
      if (waiting > 0 && waiting + bytes > queueBytes && !isSmallQuery(bytes, options)) throw busy(waiting, queueBytes)
      waiting += bytes
      try {
        return await embedder.embed(texts, options)
      } finally {
        waiting -= bytes
      }
    },
  }
}

function bytesOf(texts: readonly string[]): number {
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
