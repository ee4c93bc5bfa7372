import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Configuration } from '../../src/core/configuration.ts'
import type { Parts } from '../../src/core/parts.ts'
import { type ServeOptions, serve } from '../../src/interfaces/server/serve.ts'

/** A server on a free port of this machine, over a database of its own. */
export interface Serving {
  url: string
  port: number
  parts: Parts
  /** Stops the server alone; `close` does so too. */
  stop(): Promise<void>
  close(): Promise<void>
}

const CACHE = mkdtempSync(join(tmpdir(), 'semdex-serving-cache-'))

export async function startServing(
  settings: Partial<Record<keyof Configuration, unknown>> = {},
  options: ServeOptions = {},
): Promise<Serving> {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-serving-'))
  const flags = { database: join(folder, 'semdex.db'), cacheDirectory: CACHE, workers: 1, port: 0, ...settings }
  const parts = openParts(loadConfiguration({ flags, environment: {}, workingDirectory: folder }), { mode: 'threads' })
  const server = await serve(parts, options).catch(async (error) => {
    await parts.close()
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const url = server.url as string
  return {
    url,
    port: Number(new URL(url).port),
    parts,
    stop: server.close,
    async close() {
      await server.close()
      await parts.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A connection to it, spoken to byte by byte. */
export interface RawConnection {
  socket: Socket
  send(text: string): void
  /** All that came until the other side closed the connection. */
  ended: Promise<string>
  /** Resolves once what came so far contains the text. */
  until(text: string): Promise<string>
}

export function connectTo({ port }: { port: number }): RawConnection {
  const socket = connect(port, '127.0.0.1')
  let came = ''
  const waiting = new Set<() => void>()
  socket.on('data', (data) => {
    came += data.toString('latin1')
    for (const check of waiting) check()
  })
  socket.on('error', () => undefined)
  return {
    socket,
    send: (text) => socket.write(text),
    ended: new Promise((resolve) => socket.on('close', () => resolve(came))),
    until: (text) =>
      new Promise((resolve) => {
        const check = () => {
          if (!came.includes(text)) return
          waiting.delete(check)
          resolve(came)
        }
        waiting.add(check)
        check()
      }),
  }
}
