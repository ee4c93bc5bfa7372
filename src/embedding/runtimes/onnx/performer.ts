import { QuickerWay } from '../../scheduling/quicker-way.ts'
import type { Performer } from '../../scheduling/serve.ts'
import type { Job, JobValue } from './messages.ts'
import { type OnnxModelSettings, openOnnxModel, performJob } from './model.ts'

export interface PerformerSettings extends OnnxModelSettings {
  /** Threads that compute a lone query. */
  quickThreads: number
}

/** The model of one worker thread. A lone query goes the way that was quicker lately, once there are two. */
export async function openPerformer(settings: PerformerSettings): Promise<Performer<Job, JobValue>> {
  const model = await openOnnxModel(settings)
  let ways: QuickerWay | null = null
  return {
    async perform(job, { alone }) {
      const chosen = alone ? ways : null
      const quick = chosen?.choose() ?? false
      const done = await performJob(model, job, { alone: quick })
      chosen?.note(quick, (done.timings.infer ?? 0) / (CALL_TOKENS + tokensOf(done.value)))
      return done
    },
    async quicken() {
      await model.quicken(settings.quickThreads)
      ways = new QuickerWay()
    },
    transfer: buffersOf,
    release: () => model.release(),
  }
}

/** What a call costs beside its tokens, in tokens. */
const CALL_TOKENS = 12

function tokensOf(value: JobValue): number {
  return 'encodings' in value ? value.encodings.reduce((sum, { tokens }) => sum + tokens, 0) : 0
}

function buffersOf(value: JobValue): ArrayBuffer[] {
  if (value instanceof Float32Array) return [value.buffer as ArrayBuffer]
  if (Array.isArray(value)) return value.map(({ ids }) => ids.buffer as ArrayBuffer)
  return [value.vectors.buffer as ArrayBuffer]
}
