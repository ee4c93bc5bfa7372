import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release, totalmem } from 'node:os'

export interface Machine {
  cpu: string
  /** What decides which kernels run: `vnni` changes int8 results, `avx512f` and `avx2` the speed. */
  flags: string[]
  cores: number
  memoryGb: number
  system: string
  node: string
  versions: Record<string, string>
}

const FLAGS = /^(avx|avx2|avx512f|avx512_vnni|avx_vnni|amx_int8|asimddp|i8mm)$/
const PACKAGES = ['semdex', 'onnxruntime-node', 'better-sqlite3', 'sqlite-vec', '@huggingface/tokenizers']

/** What a figure depends on, apart from the code. */
export function describeMachine(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    flags: cpuFlags(),
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch} ${release()}`,
    node: process.version,
    versions: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  }
}

/** Empty where the system does not tell (anything but Linux). */
function cpuFlags(): string[] {
  try {
    const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''
    return line.split(' ').filter((flag) => FLAGS.test(flag))
  } catch {
    return []
  }
}

function versionOf(name: string): string {
  const path = name === 'semdex' ? '../../package.json' : `../../node_modules/${name}/package.json`
  return createRequire(import.meta.url)(path).version
}
