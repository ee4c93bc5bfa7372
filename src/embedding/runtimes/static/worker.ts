import { serve } from '../../scheduling/serve.ts'
import type { EncodedVectors } from '../runner.ts'
import { openStaticModel, type StaticJob, type StaticModelSettings } from './model.ts'

await serve<StaticModelSettings, StaticJob, EncodedVectors>(async (settings) => {
  const model = await openStaticModel(settings)
  return {
    perform: async ({ texts, prompt }) => model.embed(texts, prompt),
    transfer: ({ vectors }) => [vectors.buffer as ArrayBuffer],
    release: async () => undefined,
  }
})
