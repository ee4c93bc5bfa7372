import type { CollectionStatus } from '../answers.ts'
import { count } from '../parts/format.ts'

export interface Health {
  state: 'good' | 'waiting' | 'bad'
  /** As a sentence. */
  words: string
}

/** How a collection does: whether all of it can be found by meaning. */
export function healthOf({ documents, model, pending, failed }: CollectionStatus): Health {
  if (failed > 0) {
    const waiting = pending > 0 ? `, ${count(pending, 'waits', 'wait')} for vectors` : ''
    return { state: 'bad', words: `${count(failed, 'part')} failed${waiting}` }
  }
  if (pending > 0) {
    return {
      state: 'waiting',
      words: `${count(pending, 'chunk waits', 'chunks wait')} for vectors; found by words until then`,
    }
  }
  if (documents === 0) return { state: 'waiting', words: 'Empty' }
  return { state: 'good', words: model === null ? 'Complete, with vectors of its own' : 'Complete' }
}
