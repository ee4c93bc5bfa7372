import type { Embedder } from './ports/embedder.ts'

/** How a time was estimated: from embedding some of the very texts; or it needs no model, or none can be used. */
export type SpeedBasis =
  | { kind: 'sample'; texts: number; textsPerSecond: number }
  | { kind: 'nothing to embed' }
  | { kind: 'no model' }

/** Texts that are embedded to measure the speed. */
const SPEED_SAMPLE = 64

/**
 * Texts per second that a model reads of these as passages. Each text gets a word that it did not have before, so that no
 * result cache answers for the model.
 */
export async function measureSpeed(
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<SpeedBasis> {
  if (texts.length === 0) return { kind: 'nothing to embed' }
  const mark = Date.now().toString(36)
  const sample = evenly(texts, SPEED_SAMPLE).map((text) => `${mark} ${text}`)
  const passages = { kind: 'passage' as const, ...(signal && { signal }) }
  // The first texts pay for what is done once.
  await embedder.embed(
    sample.slice(0, 4).map((text) => `${mark} ${text}`),
    passages,
  )
  const begun = performance.now()
  await embedder.embed(sample, passages)
  const seconds = Math.max(0.001, (performance.now() - begun) / 1_000)
  return { kind: 'sample', texts: sample.length, textsPerSecond: sample.length / seconds }
}

/** At most so many of the items, spread evenly over all of them. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  const step = Math.max(1, items.length / most)
  return Array.from({ length: Math.min(most, items.length) }, (_, i) => items[Math.floor(i * step)] as T)
}
