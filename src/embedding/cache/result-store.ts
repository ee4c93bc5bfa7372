import type { CachedResult } from '../result-cache.ts'

/** Results by key. A key says all that decides a vector. */
export interface ResultStore {
  get(keys: readonly string[]): Promise<(CachedResult | null)[]>
  set(entries: readonly StoredResult[]): Promise<void>
}

export interface StoredResult {
  key: string
  result: CachedResult
}
