import type { InferenceSession } from 'onnxruntime-node'
import type { Precision } from '../../../core/model-spec.ts'

type SessionOptions = InferenceSession.SessionOptions

/**
 * What a session for batches is created with. Spinning threads would burn cores that other sessions need. Optimisations
 * above `extended` are made for one processor and give these graphs nothing.
 */
export function sessionOptions(threads: number): SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'extended',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }
}

/** The same, and the optimised graph is written to a file in ONNX Runtime's own format. */
export function copyingOptions(threads: number, file: string): SessionOptions {
  return {
    ...sessionOptions(threads),
    optimizedModelFilePath: file,
    extra: { session: { save_model_format: 'ORT', intra_op: { allow_spinning: '0' } } },
  }
}

/**
 * What a session for one query is created with, over an optimised copy: weights are mapped, not read, and computed with as
 * they lie there. Batches are slower with it, by a fifth or so. Weights of fp32 are still rearranged at load, since the
 * results would differ in the seventh digit otherwise.
 */
export function copyOptions(threads: number, precision: Precision): SessionOptions {
  return {
    ...sessionOptions(threads),
    graphOptimizationLevel: 'disabled',
    enableCpuMemArena: false,
    enableMemPattern: false,
    extra: {
      session: {
        load_model_format: 'ORT',
        use_memory_mapped_ort_model: '1',
        use_ort_model_bytes_for_initializers: '1',
        ...(precision === 'int8' && { disable_prepacking: '1' }),
        intra_op: { allow_spinning: '0' },
      },
    },
  }
}
