import { throwIfAborted } from '../../../core/errors.ts'
import type { ModelRunner } from '../runner.ts'
import { type OnnxModelSettings, openOnnxModel } from './model.ts'

/** Runs the model on the calling thread, which it blocks: for a command that embeds one query and ends. */
export async function openInline(settings: OnnxModelSettings): Promise<ModelRunner> {
  const model = await openOnnxModel(settings)
  return {
    async tokenize(texts, { signal }) {
      throwIfAborted(signal)
      return model.tokenize(texts)
    },
    async infer(batch, { signal }) {
      throwIfAborted(signal)
      return model.infer(batch)
    },
    close: () => model.release(),
  }
}
