import type { EmbedResult } from '../core/ports/embedder.ts'
import type { CachedResult, ResultCache } from './result-cache.ts'

interface Uncached {
  embed: (texts: readonly string[]) => Promise<EmbedResult[]>
  /** Told how many texts need no embedding of their own. */
  onFound: (count: number) => void
}

/** What one call adds to the metrics. */
export interface CacheCounts {
  tokens: number
  cacheHits: number
  cacheMisses: number
}

/** One result per text, in order, each with a vector of its own. */
export type CachedEmbedding = (
  texts: readonly string[],
  variant: string,
  counts: CacheCounts,
  uncached: Uncached,
) => Promise<EmbedResult[]>

/**
 * Embeds each text once: those that the cache does not know, that occur for the first time in the call, and that no other
 * small call is embedding at the same time. `variant` is the kind or task. Without a cache nothing is counted as found.
 */
export function createCachedEmbedding(cache: ResultCache | null): CachedEmbedding {
  const underWay: UnderWay = new Map()
  return async (texts, variant, counts, { embed, onFound }) => {
    const { distinct, places } = distinctTexts(texts)
    const results: (EmbedResult | null)[] = distinct.map(() => null)
    if (cache) fill(results, await cache.get(variant, distinct))
    const missing = distinct.filter((_, at) => !results[at])
    onFound(distinct.length - missing.length)
    const embedded = await embedShared(missing, variant, underWay, async (own) => {
      const made = await embed(own)
      for (const result of made) if (result.ok) counts.tokens += result.tokens ?? 0
      await cache?.set(variant, successes(own, made))
      counts.cacheMisses += cache ? own.length : 0
      return made
    })
    counts.cacheHits += cache ? texts.length - embedded.own : 0
    fillGaps(results, embedded.results)
    onFound(texts.length - distinct.length + missing.length - embedded.own)
    return ownResults(results as EmbedResult[], places)
  }
}

interface Distinct {
  distinct: string[]
  /** For each text, where it is in `distinct`. */
  places: number[]
}

function distinctTexts(texts: readonly string[]): Distinct {
  const known = new Map<string, number>()
  const places = texts.map((text) => {
    const place = known.get(text) ?? known.size
    known.set(text, place)
    return place
  })
  return { distinct: [...known.keys()], places }
}

function fill(results: (EmbedResult | null)[], found: readonly (CachedResult | null)[]): void {
  for (const [at, result] of found.entries()) if (result) results[at] = { ok: true, ...result }
}

function fillGaps(results: (EmbedResult | null)[], embedded: readonly EmbedResult[]): void {
  let next = 0
  for (const [at, result] of results.entries()) if (!result) results[at] = embedded[next++] as EmbedResult
}

/** By variant and text: resolves to the vector, or to null where the caller who embeds it got none. */
type UnderWay = Map<string, Map<string, Promise<EmbedResult | null>>>

/** Only a small call lets others wait for it: they would wait for all of it. */
const SMALL = 8

/** `own` is the number of texts that this call embedded itself. */
async function embedShared(
  texts: readonly string[],
  variant: string,
  underWay: UnderWay,
  embed: (texts: string[]) => Promise<EmbedResult[]>,
): Promise<{ results: EmbedResult[]; own: number }> {
  const others = underWay.get(variant)
  const awaited = texts.map((text) => others?.get(text) ?? null)
  const own = texts.filter((_, at) => !awaited[at])
  const made = own.length > 0 ? await announced(own, variant, underWay, () => embed(own)) : []
  const found = (await Promise.all(awaited)).map((result) => result && copyOf(result))
  const failed = texts.filter((_, at) => awaited[at] && !found[at])
  const again = failed.length > 0 ? await embed(failed) : []
  const results = texts.map((_, at) => found[at] ?? ((awaited[at] ? again : made).shift() as EmbedResult))
  return { results, own: own.length + failed.length }
}

/** While it runs, other calls find it in `underWay`. A failure is not shared: those who waited embed for themselves. */
async function announced(
  texts: readonly string[],
  variant: string,
  underWay: UnderWay,
  embed: () => Promise<EmbedResult[]>,
): Promise<EmbedResult[]> {
  if (texts.length > SMALL) return embed()
  const work = embed()
  const shared = underWay.get(variant) ?? new Map<string, Promise<EmbedResult | null>>()
  underWay.set(variant, shared)
  for (const [at, text] of texts.entries())
    shared.set(
      text,
      work.then((made) => copyOf(made[at]), nothing),
    )
  try {
    return await work
  } finally {
    for (const text of texts) shared.delete(text)
    if (shared.size === 0) underWay.delete(variant)
  }
}

function copyOf(result: EmbedResult | undefined): EmbedResult | null {
  return result?.ok ? { ...result, vector: result.vector.slice() } : null
}

function nothing(): null {
  return null
}

/** Results for the texts at `places`; the second time that one is needed, it is a copy. */
function ownResults(results: readonly EmbedResult[], places: readonly number[]): EmbedResult[] {
  const given = new Set<number>()
  return places.map((place) => {
    const result = results[place] as EmbedResult
    const isFirst = !given.has(place)
    given.add(place)
    return isFirst ? result : (copyOf(result) ?? result)
  })
}

function successes(texts: readonly string[], made: readonly EmbedResult[]) {
  return made.flatMap((result, at) => {
    if (!result.ok) return []
    const { ok: _, ...kept } = result
    return [{ text: texts[at] as string, result: kept }]
  })
}
