import { join } from 'node:path'
import type { ModelFile, ModelSpec } from '../../core/model-spec.ts'
import type { OnnxModelSettings } from '../runtimes/onnx/model.ts'
import { openSession } from '../runtimes/onnx/session.ts'
import type { Done } from '../scheduling/messages.ts'
import type { Performer } from '../scheduling/serve.ts'
import { openTokenizer } from '../tokenizing/tokenizer.ts'
import type { RerankJob, RerankValue } from './messages.ts'
import { createPairEncoder } from './pairs.ts'

/**
 * Tokenizer and graph of a cross-encoder, for one thread. The graph answers with one logit for each pair.
 * @throws {SemdexError} `RUNTIME_UNAVAILABLE`, `MODEL_DAMAGED`, `MODEL_INVALID`
 */
export async function openRerankPerformer(settings: OnnxModelSettings): Promise<Performer<RerankJob, RerankValue>> {
  const { spec, folder, threads, provider } = settings
  const [tokenizerFile] = filesOf(spec, 'tokenizer', folder)
  const [weights] = filesOf(spec, 'weights', folder)
  if (!tokenizerFile || !weights) throw new TypeError(`the spec of ${spec.name} lists no tokenizer or no weights`)
  const tokenizer = await openTokenizer(tokenizerFile.file)
  const encode = createPairEncoder(tokenizer, spec.maxTokens, tokenizerFile.file)
  const session = await openSession({
    file: weights.file,
    data: filesOf(spec, 'data', folder),
    spec: { ...spec, pooling: 'graph', dimensions: 1 },
    threads,
    provider,
    copy: null,
  })

  async function score(pairs: Extract<RerankJob, { type: 'score' }>['pairs']): Promise<Float32Array> {
    const { data } = await session.infer({
      ids: pairs.map(({ ids }) => ids),
      types: pairs.map(({ typeIds }) => typeIds),
      padId: tokenizer.padId,
      values: {},
    })
    return data
  }

  return {
    async perform(job): Promise<Done<RerankValue>> {
      const began = performance.now()
      if (job.type === 'encode') {
        const value = encode(job.query, job.passages)
        return { value, timings: { tokenize: performance.now() - began } }
      }
      const value = await score(job.pairs)
      return { value, timings: { infer: performance.now() - began } }
    },
    transfer: (value) =>
      value instanceof Float32Array
        ? [value.buffer as ArrayBuffer]
        : value.flatMap(({ ids, typeIds }) => [ids.buffer as ArrayBuffer, typeIds.buffer as ArrayBuffer]),
    release: () => session.release(),
  }
}

function filesOf({ files }: ModelSpec, role: ModelFile['role'], folder: string) {
  return files.filter((file) => file.role === role).map(({ path, bytes }) => ({ file: join(folder, path), bytes }))
}
