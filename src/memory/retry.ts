import { toSemdexError } from '../core/errors.ts'

/** Of those who write to the same record, or the same text, at the same moment, one gets ahead each time. */
const MOST = 20

/** Does work that reads a version and writes upon it again, where another wrote in between. */
export async function onLatest<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (thrown) {
      const error = toSemdexError(thrown)
      if (error.code !== 'REVISION_CONFLICT' || tries === MOST || error.details?.supersededBy !== undefined) throw error
    }
  }
}
