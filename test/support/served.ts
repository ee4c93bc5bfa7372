import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Configuration } from '../../src/core/configuration.ts'
import type { Parts } from '../../src/core/parts.ts'
import { createServedApp } from '../../src/interfaces/server/app.ts'

/** The server's app without a socket, over a database of its own. */
export interface Served {
  parts: Parts
  folder: string
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** The same with the answer as it comes. */
  fetch(path: string, init: RequestInit & { duplex?: 'half' }): Promise<Response>
  /** Says that the server begins to shut down. */
  shutDown(): void
  close(): Promise<void>
}

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what it answers is what the tests look at.
  body: any
}

/** Files that can be made again are shared by all tests of a process: only the first loads the model slowly. */
const CACHE = mkdtempSync(join(tmpdir(), 'semdex-served-cache-'))

export function openServed(settings: Partial<Record<keyof Configuration, unknown>> = {}): Served {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-served-'))
  const flags = { database: join(folder, 'semdex.db'), cacheDirectory: CACHE, workers: 1, ...settings }
  const configuration = loadConfiguration({ flags, environment: {}, workingDirectory: folder })
  const parts = openParts(configuration, { mode: 'threads' })
  const closing = new AbortController()
  const app = createServedApp({ parts, version: '0.0.0', closing: closing.signal })
  return {
    parts,
    folder,
    async request(method, path, body, headers = {}) {
      const json = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
      const response = await app.request(path, {
        method,
        headers: { host: '127.0.0.1:7333', ...(json && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: json ? JSON.stringify(body) : (body as string) }),
      })
      const text = await response.text()
      const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '') && text !== ''
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
    },
    async fetch(path, init) {
      return app.request(path, { ...init, headers: { host: '127.0.0.1:7333', ...(init.headers as object) } })
    },
    shutDown: () => closing.abort(),
    async close() {
      await parts.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
