import type { CachedResult } from '../result-cache.ts'
import type { ResultStore } from './result-store.ts'

/**
 * The results that were used last, `limit` at most. A vector of 384 dimensions costs some 2.8 kB.
 *
 * A Map goes through its keys in the order of their insertion, so the first one is the one that was not used for longest.
 */
export function createMemoryStore(limit: number): ResultStore {
  const results = new Map<string, CachedResult>()

  function use(key: string): CachedResult | null {
    const found = results.get(key)
    if (!found) return null
    results.delete(key)
    results.set(key, found)
    return copyOf(found)
  }

  function keep(key: string, result: CachedResult): void {
    results.delete(key)
    results.set(key, copyOf(result))
    if (results.size > limit) results.delete(results.keys().next().value as string)
  }

  return {
    get: async (keys) => keys.map(use),
    async set(entries) {
      if (limit > 0) for (const { key, result } of entries) keep(key, result)
    },
  }
}

/** Callers may change what they are given. */
function copyOf(result: CachedResult): CachedResult {
  return { ...result, vector: result.vector.slice() }
}
