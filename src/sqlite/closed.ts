import { SemdexError } from '../core/errors.ts'

export function closedError(): SemdexError {
  return new SemdexError('STORE_CLOSED', { message: 'The store was closed.' })
}

/** A store that was closed under an index is the index's own state to its caller. */
export async function closedAs<T>(code: 'INDEX_CLOSED', work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (thrown) {
    if (!(thrown instanceof SemdexError) || thrown.code !== 'STORE_CLOSED') throw thrown
    throw new SemdexError(code, { message: 'The index was closed.', cause: thrown })
  }
}
