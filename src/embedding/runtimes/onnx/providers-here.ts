import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type * as Onnx from 'onnxruntime-node'
import type { ProviderTrial } from '../../../core/parts.ts'
import { fallenThrough } from './providers-trial.ts'
import type { RunProvider } from './runtime.ts'

const require = createRequire(import.meta.url)

/** What has to be installed before a provider can be tried; null where nothing is known to be missing. */
export function missingParts(provider: RunProvider): ProviderTrial | null {
  if (provider === 'wasm') {
    if (isInstalled('onnxruntime-web')) return null
    return fallenThrough(provider, 'untried', 'onnxruntime-web is not installed', 'npm install onnxruntime-web')
  }
  const backends = listBackends()
  if (backends === null) {
    return fallenThrough(provider, 'untried', 'onnxruntime-node does not load', 'npm install onnxruntime-node')
  }
  if (!backends.includes(provider)) {
    const reason = `onnxruntime-node has no ${provider} for ${process.platform}-${process.arch}`
    return fallenThrough(provider, 'untried', reason)
  }
  if (provider !== 'cuda' || hasCudaFiles()) return null
  const reason =
    'onnxruntime-node has not fetched its files for CUDA (they need CUDA 12 and cuDNN 9 on the library path)'
  return fallenThrough(provider, 'untried', reason, cudaCommand())
}

/**
 * Why a provider is not worth a trial: its device is not there. A device that hides from this is found by naming its
 * provider in the settings.
 */
export function absentDevice(provider: RunProvider): ProviderTrial | null {
  if (provider === 'coreml' && process.platform !== 'darwin') return fallenThrough(provider, 'untried', 'no macOS')
  if (process.platform !== 'linux') return null
  const nvidia = ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path))
  if (provider === 'cuda' && !nvidia) return fallenThrough(provider, 'untried', 'no NVIDIA device')
  if (provider === 'webgpu' && !nvidia && !existsSync('/dev/dri')) {
    return fallenThrough(provider, 'untried', 'no graphics device')
  }
  return null
}

/** Null where onnxruntime-node does not load. */
export function runtimeVersion(): string | null {
  try {
    return (require('onnxruntime-node') as typeof Onnx).env.versions.node ?? null
  } catch {
    return null
  }
}

/**
 * Runs onnxruntime-node's own install script, which npm leaves out. CUDA 12 and cuDNN 9 do not come with it. The script of
 * 1.30 documents the value cuda12 and takes it for none.
 */
export function cudaCommand(): string {
  return `ONNXRUNTIME_NODE_INSTALL=true node ${join(packageFolder(), 'script/install.js')}`
}

function hasCudaFiles(): boolean {
  const binaries = join(packageFolder(), 'bin')
  return readdirSync(binaries).some((version) =>
    existsSync(join(binaries, version, process.platform, process.arch, 'libonnxruntime_providers_cuda.so')),
  )
}

function packageFolder(): string {
  return dirname(require.resolve('onnxruntime-node/package.json'))
}

function listBackends(): string[] | null {
  try {
    return (require('onnxruntime-node') as typeof Onnx).listSupportedBackends().map(({ name }) => name)
  } catch {
    return null
  }
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}
