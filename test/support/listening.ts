import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Configuration } from '../../src/core/configuration.ts'
import type { Parts } from '../../src/core/parts.ts'
import { serve } from '../../src/interfaces/server/serve.ts'

/** The server on a port of its own, over a database of its own: for clients that speak over a socket. */
export interface Listening {
  url: string
  parts: Parts
  folder: string
  close(): Promise<void>
}

export async function openListening(settings: Partial<Record<keyof Configuration, unknown>> = {}): Promise<Listening> {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-listening-'))
  const own = { database: join(folder, 'semdex.db'), cacheDirectory: join(folder, 'cache'), workers: 1, port: 0 }
  const flags = { ...own, ...settings }
  const parts = openParts(loadConfiguration({ flags, environment: {}, workingDirectory: folder }), { mode: 'threads' })
  const server = await serve(parts)
  return {
    url: server.url as string,
    parts,
    folder,
    async close() {
      await server.close()
      await parts.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
