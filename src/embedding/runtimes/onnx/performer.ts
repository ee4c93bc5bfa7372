import type { Performer } from '../../scheduling/serve.ts'
import type { Job, JobValue } from './messages.ts'
import { type OnnxModelSettings, openOnnxModel, performJob } from './model.ts'

export interface PerformerSettings extends OnnxModelSettings {
  /** Threads that compute a lone query. */
  quickThreads: number
}

/** The model of one worker thread. */
export async function openPerformer(settings: PerformerSettings): Promise<Performer<Job, JobValue>> {
  const model = await openOnnxModel(settings)
  return {
    perform: (job, how) => performJob(model, job, how),
    quicken: () => model.quicken(settings.quickThreads),
    transfer: buffersOf,
    release: () => model.release(),
  }
}

function buffersOf(value: JobValue): ArrayBuffer[] {
  if (value instanceof Float32Array) return [value.buffer as ArrayBuffer]
  if (Array.isArray(value)) return value.map(({ ids }) => ids.buffer as ArrayBuffer)
  return [value.vectors.buffer as ArrayBuffer]
}
