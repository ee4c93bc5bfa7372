import type { Configuration } from '../../core/configuration.ts'
import { SemdexError } from '../../core/errors.ts'

/** How often somebody may ask: a number of calls in each minute, which begins with the first of them. */
export interface RateLimits {
  /** Counts one request. @throws {SemdexError} `RATE_LIMITED` */
  countRequest(who: string): Promise<Standing | null>
  /** Counts one call that generates embeddings. @throws {SemdexError} `RATE_LIMITED` */
  countEmbedding(who: string): Promise<Standing | null>
}

/** What is left in this minute. */
export interface Standing {
  limit: number
  remaining: number
  /** Seconds until the next minute begins. */
  reset: number
}

const MINUTE = 60

export function openRateLimits({ rateLimit, embeddingRateLimit }: Configuration): RateLimits {
  const requests = openLimit(rateLimit, 'requests', 'server.rateLimit')
  const embeddings = openLimit(embeddingRateLimit, 'calls that generate embeddings', 'server.embeddingRateLimit')
  return { countRequest: requests, countEmbedding: embeddings }
}

/** Null where there is no limit. The library is loaded when it first counts. */
function openLimit(limit: number, what: string, setting: string): (who: string) => Promise<Standing | null> {
  if (limit === 0) return async () => null
  const opening = once(async () => {
    const { RateLimiterMemory } = await import('../../vendor/rate-limits.ts')
    return new RateLimiterMemory({ points: limit, duration: MINUTE })
  })
  return async (who) => {
    const limiter = await opening()
    try {
      const { remainingPoints, msBeforeNext } = await limiter.consume(who)
      return { limit, remaining: remainingPoints, reset: Math.ceil(msBeforeNext / 1_000) }
    } catch (refusal) {
      throw tooMany({ limit, what, setting }, refusal as { msBeforeNext: number })
    }
  }
}

function tooMany(of: { limit: number; what: string; setting: string }, { msBeforeNext }: { msBeforeNext: number }) {
  const retryAfter = Math.max(1, Math.ceil(msBeforeNext / 1_000))
  return new SemdexError('RATE_LIMITED', {
    message: `There were more than ${of.limit} ${of.what} within a minute.`,
    fix: `Try again in ${retryAfter} seconds, or raise ${of.setting}`,
    details: { limit: of.limit, retryAfter },
  })
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}
