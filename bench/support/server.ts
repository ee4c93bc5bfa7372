import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fromRepository } from '../../scripts/support/paths.ts'

export const BINARY = fromRepository('dist/interfaces/cli/bin.js')

export interface BenchServer {
  url: string
  process: ChildProcess
  /** Milliseconds from the start of the process until it said that it listens. */
  listening: number
  /** What came since the sample before; only of a server that was started with `sampled`. */
  sample(): Promise<LoopSample>
  stop(): Promise<void>
}

export interface LoopSample {
  /** Milliseconds of event-loop delay. */
  p50: number
  p99: number
  /** Milliseconds that the event loop's thread computed. */
  cpu: number
  /** Bytes. */
  rss: number
  heapUsed: number
}

interface ServerOptions {
  env: NodeJS.ProcessEnv
  flags?: readonly string[]
  sampled?: boolean
}

/** `semdex serve` in a process of its own, on a free port. */
export async function startServer({ env, flags = [], sampled = false }: ServerOptions): Promise<BenchServer> {
  const sampler = sampled ? ['--import', fromRepository('bench/support/loop-sampler.ts')] : []
  const began = performance.now()
  const child = spawn(process.execPath, [...sampler, BINARY, 'serve', '--port', '0', '--quiet', ...flags], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', ...(sampled ? ['ipc' as const] : [])],
  })
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string]
  const listening = performance.now() - began
  return {
    url: line.replace('Listening on ', ''),
    process: child,
    listening,
    async sample() {
      child.send({})
      const [sample] = await once(child, 'message')
      return sample as LoopSample
    },
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** @throws {Error} where the answer is none */
export async function post<T>(url: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}
