import { spawn } from 'node:child_process'
import { inRepository } from './assets.ts'

export interface Finished {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  milliseconds: number
}

/** Runs a TypeScript module, given as text, in a Node of its own. Imports in it are relative to the repository's root. */
export function runScript(source: string, { preload }: { preload?: string } = {}): Promise<Finished> {
  const asModule = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`
  const flags = preload === undefined ? [] : ['--import', asModule(preload)]
  const started = performance.now()
  const child = spawn(process.execPath, [...flags, '--input-type=module-typescript', '-e', source], {
    cwd: inRepository('.'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (part) => (output.stdout += part))
  child.stderr.on('data', (part) => (output.stderr += part))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve({ code, signal, ...output, milliseconds: performance.now() - started }),
    )
  })
}
