import { basename } from 'node:path'
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

/**
 * What a session for lone short texts is created with: its threads wait for each other by spinning, which is quicker than
 * waking them, and stop when the answer is there. Where the cores have other work, it is slower than one thread.
 */
export function spinningOptions(threads: number): SessionOptions {
  const extra = { session: { intra_op: { allow_spinning: '1' }, force_spinning_stop: '1' } }
  return { ...sessionOptions(threads), extra }
}

/** What a session on a device is created with; what the device cannot compute is left to the CPU. */
export function deviceOptions(threads: number, provider: 'cuda' | 'coreml' | 'webgpu'): SessionOptions {
  return { ...sessionOptions(threads), executionProviders: [provider] }
}

/** What a session in WebAssembly is created with. It opens no file that it is not given by name; a name has no folder. */
export function wasmOptions(data: readonly string[]): SessionOptions {
  return {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'extended',
    executionMode: 'sequential',
    logSeverityLevel: 3,
    externalData: data.map((file) => ({ path: basename(file), data: file })),
  }
}

/** The same as for batches, and the optimised graph is written to a file in ONNX Runtime's own format. */
export function copyingOptions(threads: number, file: string): SessionOptions {
  return {
    ...sessionOptions(threads),
    optimizedModelFilePath: file,
    extra: { session: { save_model_format: 'ORT', intra_op: { allow_spinning: '0' } } },
  }
}

/** The same over an optimised copy, of which no more is to be found out: most of a load is saved. */
export function overCopy(options: SessionOptions): SessionOptions {
  const { session } = options.extra as { session: Record<string, unknown> }
  const extra = { session: { ...session, load_model_format: 'ORT', use_memory_mapped_ort_model: '1' } }
  return { ...options, graphOptimizationLevel: 'disabled', extra }
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
