import { throwIfAborted } from '../../../core/errors.ts'
import type { JobOptions, ModelRunner } from '../runner.ts'
import type { Job, JobValue } from './messages.ts'
import { type OnnxModelSettings, openOnnxModel, performJob } from './model.ts'

/** Runs the model on the calling thread, which it blocks: for a command that embeds one query and ends. */
export async function openInline(settings: OnnxModelSettings): Promise<ModelRunner> {
  const model = await openOnnxModel(settings)
  async function run<T extends JobValue>(job: Job, { signal, onTimed }: JobOptions): Promise<T> {
    throwIfAborted(signal)
    const { value, timings } = await performJob(model, job)
    onTimed(timings)
    return value as T
  }
  return {
    tokenize: (texts, options) => run({ type: 'tokenize', texts, prompt: options.prompt }, options),
    infer: (batch, options) => run({ type: 'infer', batch, inputs: options.inputs }, options),
    embed: (texts, options) => run({ type: 'embed', texts, prompt: options.prompt, inputs: options.inputs }, options),
    state: () => ({ waiting: 0, workers: 1, restarts: 0 }),
    close: () => model.release(),
  }
}
