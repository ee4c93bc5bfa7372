import type { OnnxRuntime } from './runtime.ts'

/** ONNX Runtime in WebAssembly: one thread, with SIMD, its .wasm from the package. An optional package, some 130 MB. */
export async function loadOnnxRuntimeWeb(): Promise<OnnxRuntime> {
  const { InferenceSession, Tensor, env } = await import('onnxruntime-web')
  // Threads of its own would be workers inside each of our workers.
  env.wasm.numThreads = 1
  return { InferenceSession, Tensor, env, wasm: true }
}
