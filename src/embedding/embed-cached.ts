import type { EmbedderMetrics, EmbedResult } from '../core/ports/embedder.ts'
import type { ResultCache } from './result-cache.ts'

interface Uncached {
  embed: (texts: readonly string[]) => Promise<EmbedResult[]>
  /** Told how many texts need no embedding. */
  onFound: (count: number) => void
}

/** Answers from the cache what it knows, and leaves in it what had to be embedded. `variant` is the kind or task. */
export async function embedCached(
  texts: readonly string[],
  variant: string,
  cache: ResultCache | null,
  totals: EmbedderMetrics,
  { embed, onFound }: Uncached,
): Promise<EmbedResult[]> {
  if (!cache) return countTokens(await embed(texts), totals)
  const known = await cache.get(variant, texts)
  const missing = texts.flatMap((_, at) => (known[at] ? [] : [at]))
  totals.cacheHits += texts.length - missing.length
  totals.cacheMisses += missing.length
  onFound(texts.length - missing.length)
  const embedded = countTokens(await embed(missing.map((at) => texts[at] as string)), totals)
  await cache.set(
    variant,
    embedded.flatMap((result, row) => (result.ok ? [{ text: texts[missing[row] as number] as string, result }] : [])),
  )
  const results = known.map((found): EmbedResult => ({ ok: true, ...(found as NonNullable<typeof found>) }))
  for (const [row, at] of missing.entries()) results[at] = embedded[row] as EmbedResult
  return results
}

function countTokens(results: EmbedResult[], totals: EmbedderMetrics): EmbedResult[] {
  for (const result of results) if (result.ok) totals.tokens += result.tokens
  return results
}
