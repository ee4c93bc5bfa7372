import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { newUser } from './cli.ts'
import { connectTo, type RawConnection } from './serving.ts'

/** A server of the built binary, in a process of its own, with documents to find: for what must not hurt it. */
export interface Attacked {
  port: number
  /** What is sent as it is; strings are JSON. */
  send(method: string, path: string, body?: string | Uint8Array, headers?: Record<string, string>): Promise<Refusal>
  connect(): RawConnection
  /** It lives, answers within a moment, and still finds the right document. */
  assertGoesOn(): Promise<void>
  /** Megabytes; null where this system does not say. `peak` counts from the last call of `forgetPeak`. */
  memory(): { now: number; peak: number } | null
  forgetPeak(): void
  close(): Promise<void>
}

export interface Refusal {
  status: number
  code: string | null
  field: string | null
  // biome-ignore lint/suspicious/noExplicitAny: what it answers is what the tests look at.
  body: any
}

const DOCUMENTS = [
  { id: 'bread', text: 'Knead the dough, let it rise, and bake the bread in a hot oven.' },
  { id: 'lizard', text: 'A lizard drops its tail to escape, and a new one grows back.' },
]

export async function startAttacked(settings: NodeJS.ProcessEnv = {}): Promise<Attacked> {
  const user = newUser({ SEMDEX_SERVER_LOG: 'off', ...settings })
  const child = user.start(['serve', '--port', '0', '--json'])
  let errors = ''
  child.stderr?.on('data', (data) => {
    errors += data
  })
  const [line] = await Promise.race([
    once(child.stdout as NodeJS.ReadableStream, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`The server ended: ${errors}`))),
  ])
  const { url } = JSON.parse(String(line)) as { url: string }
  const port = Number(new URL(url).port)
  const attacked: Attacked = {
    port,
    async send(method, path, body, headers = {}) {
      const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
      const init = { method, headers: { ...type, ...headers }, ...(body !== undefined && { body: body as string }) }
      const response = await fetch(`${url}${path}`, init)
      return refusalOf(response.status, await response.text())
    },
    connect: () => connectTo({ port }),
    async assertGoesOn() {
      expect({ exit: child.exitCode, signal: child.signalCode, errors }).toEqual({
        exit: null,
        signal: null,
        errors: '',
      })
      const query = JSON.stringify({ query: 'how do reptiles regrow limbs', collection: 'default', limit: 1 })
      const { status, body } = await attacked.send('POST', '/api/operations/search', query)
      expect({ status, degraded: body.degraded }).toEqual({ status: 200, degraded: null })
      expect(body.hits[0]).toMatchObject({ documentId: 'lizard', similarity: expect.any(Number) })
    },
    memory: () => memoryOf(child.pid as number),
    forgetPeak() {
      if (existsSync(`/proc/${child.pid}/clear_refs`)) writeFileSync(`/proc/${child.pid}/clear_refs`, '5')
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM')
        const killed = setTimeout(() => child.kill('SIGKILL'), 20_000)
        await once(child, 'exit')
        clearTimeout(killed)
      }
      user.remove()
    },
  }
  await attacked.send('POST', '/api/operations/add', JSON.stringify({ documents: DOCUMENTS }))
  await attacked.assertGoesOn()
  return attacked
}

/** Of an answer as it came over a connection: its status and error; null where the connection was closed without one. */
export function readRefusal(came: string): Refusal | null {
  const match = /^HTTP\/1\.1 (\d{3}) .*?\r\n\r\n(.*)$/s.exec(came)
  if (!match) return null
  const [, status, text = ''] = match
  return refusalOf(Number(status), /\{.*\}/s.exec(text)?.[0] ?? text)
}

/** Waits until it has at most so many megabytes more than before. */
export async function memoryComesBack(attacked: Attacked, before: number, allowance: number): Promise<void> {
  for (let tries = 0; (attacked.memory()?.now ?? 0) > before + allowance && tries < 60; tries++) {
    await attacked.assertGoesOn()
    await pause(250)
  }
  expect(attacked.memory()?.now ?? 0).toBeLessThanOrEqual(before + allowance)
}

function refusalOf(status: number, text: string): Refusal {
  let body: Refusal['body'] = text
  try {
    body = JSON.parse(text)
  } catch {}
  const error = body?.error?.data ?? body?.error
  return { status, code: error?.code ?? null, field: error?.details?.field ?? null, body }
}

function memoryOf(pid: number): { now: number; peak: number } | null {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return null
  const status = readFileSync(file, 'utf8')
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') }
}
