import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadConfiguration } from '../../../src/compose/configuration.ts'
import { openParts } from '../../../src/compose/parts.ts'
import type { Configuration } from '../../../src/core/configuration.ts'
import { portablePath } from '../../../src/core/text.ts'
import { serve } from '../../../src/interfaces/server/serve.ts'
import { build } from '../../support/cli.ts'

/** A server on a free port with the built page, over a database and a folder of its own. */
export interface Site {
  url: string
  /** Real and portable. */
  folder: string
  // biome-ignore lint/suspicious/noExplicitAny: what it answers is what the tests look at.
  call(operation: string, input: object, key?: string): Promise<any>
  close(): Promise<void>
}

/** Files that can be made again are shared by all tests of a process: only the first loads the model slowly. */
const CACHE = mkdtempSync(join(tmpdir(), 'semdex-web-cache-'))

export async function openSite(settings: Partial<Record<keyof Configuration, unknown>> = {}): Promise<Site> {
  await build()
  const folder = portablePath(realpathSync(mkdtempSync(join(tmpdir(), 'semdex-web-'))))
  const flags = { database: join(folder, 'semdex.db'), cacheDirectory: CACHE, workers: 1, port: 0, ...settings }
  const configuration = loadConfiguration({ flags, environment: {}, workingDirectory: folder })
  const parts = openParts(configuration, { mode: 'threads' })
  const server = await serve(parts)
  const url = server.url as string
  return {
    url,
    folder,
    async call(operation, input, key) {
      const response = await fetch(`${url}/api/operations/${operation}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
        body: JSON.stringify(input),
      })
      const answer = await response.json()
      if (!response.ok) throw new Error(`${operation}: ${JSON.stringify(answer)}`)
      return answer
    },
    async close() {
      await server.close()
      await parts.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

export function write(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** Notes that are found by words and by meaning, one of them in several passages far apart. */
const NOTES = {
  'bread.md':
    '# Bread\n\nKnead the dough for ten minutes, then let it rise overnight.\n\nBake the loaf at 220 degrees.\n',
  'bicycle.md': '# Bicycle\n\nOil the chain every month. Check the pressure of the tyres before a long ride.\n',
  'quota.txt': 'E1042 means that the disk quota of the account is used up.\n',
  'garden/herbs.md': '# Herbs\n\nBasil wants sun and water; mint grows anywhere.\n',
  'almanac.md': almanac(),
}

/** 1,300 lines, of which three stretches tell of lighthouses. */
function almanac(): string {
  const lines = Array.from({ length: 1_300 }, (_, at) => `Entry ${at + 1}: the weather was fair and nothing happened.`)
  lines[0] = '# Almanac'
  for (const at of [20, 640, 1_250]) {
    lines[at] = `The keeper of the lighthouse lit its lamp, number ${at}, and the fog horn sounded over the harbour.`
  }
  return `${lines.join('\n')}\n`
}

/** Stores the notes in a collection `notes`, and documents with metadata in `library`. */
export async function fill(site: Site): Promise<void> {
  write(`${site.folder}/notes`, NOTES)
  await site.call('index', { paths: [`${site.folder}/notes`], collection: 'notes' })
  const documents = [
    {
      id: 'tides',
      text: 'The moon pulls the sea, and so the tide comes in twice a day.',
      metadata: { lang: 'en', year: 1990 },
    },
    { id: 'gezeiten', text: 'Der Mond zieht das Meer an, so kommt die Flut.', metadata: { lang: 'de', year: 2004 } },
    {
      id: 'yeast',
      text: 'Yeast turns sugar into gas, which lifts the dough of a loaf.',
      metadata: { lang: 'en', year: 2004 },
    },
  ]
  await site.call('add', { collection: 'library', documents })
}
