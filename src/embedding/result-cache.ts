import type { Embedded } from '../core/ports/embedder.ts'

/**
 * Vectors of texts that were embedded before, for one fingerprint. What it answers is what it was given, element for
 * element, and the caller's own: changing it changes nothing that is kept. A cache that cannot be read or written answers
 * null and keeps nothing; it never rejects.
 */
export interface ResultCache {
  /** One entry per text, null where it is not known. `variant` tells apart what one model makes of one text: kind and task. */
  get(variant: string, texts: readonly string[]): Promise<(CachedResult | null)[]>
  set(variant: string, entries: readonly { text: string; result: CachedResult }[]): Promise<void>
  close(): Promise<void>
}

/** A vector of native dimensions, and what was counted when it was made. */
export type CachedResult = Omit<Embedded, 'ok'>
