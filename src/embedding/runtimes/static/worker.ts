import { serve } from '../../scheduling/serve.ts'
import type { EncodedVectors } from '../runner.ts'
import { openStaticModel, type StaticModelSettings } from './model.ts'

await serve<StaticModelSettings, readonly string[], EncodedVectors>(async (settings) => {
  const model = await openStaticModel(settings)
  return {
    perform: async (texts) => model.embed(texts),
    transfer: ({ vectors }) => [vectors.buffer as ArrayBuffer],
    release: async () => undefined,
  }
})
