import { api } from '../api.ts'
import { isUnderWay } from '../jobs/use-jobs.ts'
import type { Mode } from '../state/place.ts'

const LOOK = 700

export interface Wanted {
  folder: string
  model: string
  modes: readonly Mode[]
}

/**
 * Evaluates one mode after the other, as jobs: the first makes the index of the data set, and the others find it made.
 * `onStart` is called when each begins. Stops at a mode that does not succeed.
 * @throws {ApiError} where the server refuses to begin
 */
export async function runModes({ folder, model, modes }: Wanted, onStart: () => void): Promise<void> {
  for (const mode of modes) {
    const { id } = await api.startJob('eval', { folder, mode, ...(model !== '' && { model }) })
    onStart()
    if ((await endOf(id)) !== 'succeeded') return
  }
}

async function endOf(id: string): Promise<string> {
  for (;;) {
    const job = await api.job(id)
    if (!isUnderWay(job)) return job.state
    await new Promise((resolve) => setTimeout(resolve, LOOK))
  }
}
