import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStorage, type SqliteStorage, type SqliteStorageOptions } from '../../src/compose/storage.ts'
import { analyze, queryTerms } from '../../src/indexes/lexical/analyzer.ts'
import { openMemoryStorage } from '../../src/testing/index.ts'

/** A storage in a temporary folder that is removed when it closes. */
export async function openTemporaryStorage(options: Partial<SqliteStorageOptions> = {}): Promise<SqliteStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-storage-'))
  const storage = await openSqliteStorage({ file: join(folder, 'semdex.db'), mode: 'inline', ...options })
  return {
    ...storage,
    async close() {
      await storage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function openOracle() {
  return openMemoryStorage({ analyze, queryTerms, contextWeight: 2 })
}

const WAYS = {
  'SQLite inline': { mode: 'inline' },
  'SQLite in threads': { mode: 'threads' },
  'SQLite without sqlite-vec': { mode: 'inline', sqliteVec: false },
} as const

/** Every way to run the storage that must behave the same. */
export const STORAGES = {
  'the naive oracle': async () => openOracle(),
  'SQLite inline': () => openTemporaryStorage(WAYS['SQLite inline']),
  'SQLite in threads': () => openTemporaryStorage(WAYS['SQLite in threads']),
  'SQLite without sqlite-vec': () => openTemporaryStorage(WAYS['SQLite without sqlite-vec']),
}

/** Those that keep a file. */
export const FILE_STORAGES = Object.fromEntries(
  Object.entries(WAYS).map(([name, options]) => [
    name,
    { create: () => openTemporaryStorage(options), open: (file: string) => openSqliteStorage({ file, ...options }) },
  ]),
)
