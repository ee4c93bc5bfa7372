import { createRequire } from 'node:module'
import type * as Onnx from 'onnxruntime-node'
import type { Provider } from '../../../core/configuration.ts'
import { SemdexError } from '../../../core/errors.ts'

/** What a session is made for, once `auto` is decided. */
export type RunProvider = Exclude<Provider, 'auto'>

/** What onnxruntime-node and onnxruntime-web have in common. */
export interface OnnxRuntime extends Pick<typeof Onnx, 'InferenceSession' | 'Tensor' | 'env'> {
  /** Whether it is ONNX Runtime in WebAssembly, which knows no threads, no files in its own format and no devices. */
  wasm: boolean
}

/**
 * onnxruntime-node; WebAssembly (onnxruntime-web) where it is asked for, or where the CPU is and onnxruntime-node does not
 * load, as on musl.
 * @throws {SemdexError} `RUNTIME_UNAVAILABLE`, which says what to install.
 */
export async function loadOnnxRuntime(provider: RunProvider): Promise<OnnxRuntime> {
  if (provider === 'wasm') return loadWebAssembly(null)
  try {
    const { InferenceSession, Tensor, env } = createRequire(import.meta.url)('onnxruntime-node') as typeof Onnx
    return { InferenceSession, Tensor, env, wasm: false }
  } catch (cause) {
    if (provider === 'cpu') return loadWebAssembly(cause)
    throw unavailable(`Models cannot be run by ${provider}: ${reasonOf(cause)}.`, 'npm install onnxruntime-node', cause)
  }
}

/** An optional package, of some 130 MB. It finds its .wasm, which has SIMD, beside itself. */
async function loadWebAssembly(native: unknown): Promise<OnnxRuntime> {
  try {
    const { InferenceSession, Tensor, env } = await import('onnxruntime-web')
    // Threads of its own would be workers inside each of our workers.
    env.wasm.numThreads = 1
    return { InferenceSession, Tensor, env, wasm: true }
  } catch (cause) {
    if (native === null) {
      const message = `Models cannot be run in WebAssembly: onnxruntime-web does not load (${(cause as Error).message}).`
      throw unavailable(message, 'npm install onnxruntime-web', cause)
    }
    const fix = isMissing(native)
      ? 'npm install onnxruntime-node'
      : 'npm install onnxruntime-web, which runs models in WebAssembly on any machine'
    throw unavailable(`Models cannot be run: ${reasonOf(native)}.`, fix, native)
  }
}

function reasonOf(cause: unknown): string {
  if (isMissing(cause)) return 'onnxruntime-node is not installed'
  return `onnxruntime-node does not load on this machine (${(cause as Error).message})`
}

/** The package itself is not there; where its binary for this platform is not, the message names that. */
function isMissing(cause: unknown): boolean {
  const { code, message } = cause as NodeJS.ErrnoException
  return code === 'MODULE_NOT_FOUND' && message.includes("'onnxruntime-node'")
}

function unavailable(message: string, fix: string, cause: unknown): SemdexError {
  const details = { platform: process.platform, arch: process.arch }
  return new SemdexError('RUNTIME_UNAVAILABLE', { message, fix, details, cause })
}
