/**
 * Vectors of texts that were embedded before, for one fingerprint. What it answers is what it was given, element for
 * element. A cache that cannot be read or written answers null and keeps nothing; it never rejects.
 */
export interface ResultCache {
  /** One entry per text, null where it is not known. `variant` tells apart what one model makes of one text: kind and task. */
  get(variant: string, texts: readonly string[]): Promise<(CachedResult | null)[]>
  set(variant: string, entries: readonly { text: string; result: CachedResult }[]): Promise<void>
  close(): Promise<void>
}

export interface CachedResult {
  /** Native dimensions. */
  vector: Float32Array
  tokens: number
  truncated: boolean
}
