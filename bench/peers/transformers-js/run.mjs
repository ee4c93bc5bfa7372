import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { serve } from '../serve.mjs'

await serve(async (model, { threads }) => {
  const environment = join(import.meta.dirname, '../.environments/transformers-js')
  const entry = join(environment, 'node_modules/@huggingface/transformers/dist/transformers.node.mjs')
  const { env, pipeline } = await import(pathToFileURL(entry).href)
  env.allowRemoteModels = false
  env.localModelPath = dirname(model)
  const extract = await pipeline('feature-extraction', basename(model), {
    dtype: 'q8',
    device: 'cpu',
    ...(threads && { session_options: { intraOpNumThreads: threads } }),
  })

  const embed = async (texts, { batch }) => {
    const vectors = []
    for (let from = 0; from < texts.length; from += batch) {
      const { data, dims } = await extract(texts.slice(from, from + batch), { pooling: 'mean', normalize: true })
      const [rows, width] = dims
      for (let row = 0; row < rows; row++) vectors.push(data.subarray(row * width, (row + 1) * width))
    }
    return vectors
  }
  return {
    embed,
    embedOne: async (text) => (await embed([text], { batch: 1 }))[0],
    close: () => extract.dispose(),
  }
})
