import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { findDerived, forgetDerived, writeDerived } from '../../derived-file.ts'
import { feeds } from './feeds.ts'
import { type GraphSpec, planGraph } from './graph.ts'
import { copyingOptions, copyOptions, sessionOptions } from './options.ts'
import type { OnnxRuntime } from './runtime.ts'

export interface CopyPlan {
  /** The .onnx file. */
  file: string
  /** The .ort file, whose name tells the .onnx file and the version of ONNX Runtime. */
  copy: string
  threads: number
  spec: GraphSpec
  /** What a session over the copy is created with. */
  options: InferenceSession.SessionOptions
}

/** A session over the optimised copy; null where there is none that can be used. */
export async function loadCopy(runtime: OnnxRuntime, { copy, options }: CopyPlan) {
  if (findDerived(copy).state !== 'ready') return null
  try {
    return await runtime.InferenceSession.create(copy, options)
  } catch {
    forgetDerived(copy)
    return null
  }
}

/**
 * A session over the .onnx file itself, which also leaves an optimised copy behind for the next one: a copy that
 * answers a probe with the very same numbers, or none.
 */
export async function loadAndCopy(runtime: OnnxRuntime, plan: CopyPlan): Promise<InferenceSession> {
  const { file, copy, threads } = plan
  let session: InferenceSession | null = null
  if (findDerived(copy).state === 'missing') {
    await writeDerived(copy, async (temporary) => {
      session = await runtime.InferenceSession.create(file, copyingOptions(threads, temporary))
      return answersAlike(runtime, session, temporary, plan)
    })
  }
  return session ?? runtime.InferenceSession.create(file, sessionOptions(threads))
}

async function answersAlike(
  runtime: OnnxRuntime,
  session: InferenceSession,
  copy: string,
  plan: CopyPlan,
): Promise<boolean> {
  const copied = await runtime.InferenceSession.create(copy, copyOptions(plan.threads, plan.spec.precision))
  const [expected, actual] = [await probe(runtime, session, plan), await probe(runtime, copied, plan)]
  await copied.release()
  return Buffer.compare(expected, actual) === 0
}

/** The bytes that a graph answers with to a few tokens; ids that small are in every vocabulary. */
async function probe(runtime: OnnxRuntime, session: InferenceSession, { spec, file }: CopyPlan): Promise<Buffer> {
  const ids = Int32Array.from({ length: 24 }, (_, at) => 1 + ((at * 37) % 900))
  const values = Object.fromEntries(Object.entries(spec.inputs).map(([name, { passage }]) => [name, passage]))
  const { inputs, output } = planGraph(session, spec, file)
  const batch = { ids: [ids], tokens: ids.length, padId: 0, values }
  const answer = await session.run(feeds(runtime, inputs, batch), [output.name])
  const { buffer, byteOffset, byteLength } = (answer[output.name] as Tensor).data as Float32Array
  return Buffer.from(buffer, byteOffset, byteLength)
}
