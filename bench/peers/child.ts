import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Program } from './contenders.ts'

/** How much work was done: the number of vectors, the sum of their squared lengths, and the sum of their elements. */
export interface Check {
  vectors: number
  squares: number
  sum: number
}

export interface Requests {
  load: [{ model: string; texts: string; options: object }, { ok: true }]
  /** All texts of a workload in one call, or its first `limit`. */
  together: [{ workload: string; limit?: number; options?: object }, { ms: number; check: Check }]
  /** One call for each text. */
  each: [{ workload: string; limit?: number }, { ms: number[]; check: Check }]
  vectors: [{ workload: string }, { vectors: number[][] }]
}

/** A contender's process, stopped whenever it has nothing to answer: a runtime's idle threads may spin. */
export interface Child {
  /** Its process group. */
  readonly group: number | undefined
  ask<Name extends keyof Requests>(what: Name, request: Requests[Name][0]): Promise<Requests[Name][1]>
  close(): Promise<void>
}

export function startChild({ command, args, env }: Program): Child {
  const process = spawnGroup(command, args, env)
  const ended = endOf(process, `${args[0]}`)
  ended.catch(() => {})
  const lines = createInterface({ input: process.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const signal = (name: NodeJS.Signals) => signalGroup(process, name)
  return {
    group: process.pid,
    async ask(what, request) {
      signal('SIGCONT')
      process.stdin?.write(`${JSON.stringify({ do: what, ...request })}\n`)
      const line = await Promise.race([lines.next(), ended])
      if (!line || line.done) return ended as never
      signal('SIGSTOP')
      return JSON.parse(line.value)
    },
    async close() {
      signal('SIGKILL')
      await ended.catch(() => {})
    },
  }
}

/** Milliseconds from the process's start to its first vector and to its end. */
export async function timeStart({ command, args, env }: Program, start: readonly string[]) {
  const started = performance.now()
  const process = spawnGroup(command, [...args, 'start', ...start], env)
  const ended = endOf(process, `${args[0]}`)
  let first = Number.NaN
  let said = ''
  process.stdout?.on('data', (data) => {
    said += data
    if (Number.isNaN(first) && said.includes('\n')) first = performance.now() - started
  })
  await ended
  return { first, whole: performance.now() - started, vector: JSON.parse(said).vector as number[] }
}

// A stopped process would outlive this one, which a signal ends without an `exit` event.
for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(name, () => process.exit(code))
}

/** A process group of its own, so that the processes that it starts are stopped and ended with it. */
function spawnGroup(command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(command, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  const kill = () => signalGroup(child, 'SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

/** @throws {Error} with the end of what it said, where it did not end with 0 */
async function endOf(child: ChildProcess, name: string): Promise<undefined> {
  let said = ''
  child.stderr?.on('data', (data) => {
    said = `${said}${data}`.slice(-2_000)
  })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}:\n${said}`)
}

function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch (error) {
    // Nothing is left of it.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
