import { type SemdexError, toSemdexError } from '../core/errors.ts'
import { allSettled } from './settled.ts'

/**
 * Runs a job for some items. One that fails as a whole is tried again in halves, down to one item, so that a failure
 * belongs to one text. A worker that ends under one item may have ended for another reason: that is tried twice.
 */
export async function inHalves<T, R>(
  items: readonly T[],
  run: (items: readonly T[], retries: number) => Promise<R[]>,
): Promise<(R | SemdexError)[]> {
  try {
    return await run(items, items.length === 1 ? 1 : 0)
  } catch (thrown) {
    const error = ofOneText(thrown)
    if (items.length === 1) return [error]
    const middle = Math.ceil(items.length / 2)
    return (await allSettled([items.slice(0, middle), items.slice(middle)].map((half) => inHalves(half, run)))).flat()
  }
}

/** The error, where it may be that of one text; others are thrown on. */
function ofOneText(thrown: unknown): SemdexError {
  const error = toSemdexError(thrown)
  if (error.code === 'EMBEDDING_FAILED' || error.code === 'INTERNAL') return error
  throw error
}
