import { createRequire } from 'node:module'
import type * as Onnx from 'onnxruntime-node'
import { SemdexError } from '../../../core/errors.ts'

export type OnnxRuntime = typeof Onnx

/** @throws {SemdexError} `RUNTIME_UNAVAILABLE` where onnxruntime-node is not installed or has no binary for this machine. */
export function loadOnnxRuntime(): OnnxRuntime {
  try {
    return createRequire(import.meta.url)('onnxruntime-node') as OnnxRuntime
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
    throw new SemdexError('RUNTIME_UNAVAILABLE', {
      message: missing
        ? 'Models cannot be run: onnxruntime-node is not installed.'
        : `Models cannot be run: onnxruntime-node does not load on this machine (${(cause as Error).message}).`,
      fix: 'npm install onnxruntime-node',
      details: { platform: process.platform, arch: process.arch },
      cause,
    })
  }
}
