import { createRequire } from 'node:module'
import type { Versions } from '../core/parts.ts'

const require = createRequire(import.meta.url)

/** Loads each native part to ask for its version: being installed is not enough. */
export function readVersions(): Versions {
  const { version } = require('../../package.json') as { version: string }
  return {
    semdex: version,
    node: process.versions.node,
    ...sqliteVersions(),
    onnxruntime: attempt(
      () => (require('onnxruntime-node') as typeof import('onnxruntime-node')).env.versions.node ?? null,
    ),
    onnxruntimeWeb: attempt(
      () => (require('onnxruntime-web') as typeof import('onnxruntime-web')).env.versions.web ?? null,
    ),
  }
}

function sqliteVersions(): Pick<Versions, 'sqlite' | 'sqliteVec'> {
  const db = openMemory()
  if (!db) return { sqlite: null, sqliteVec: null }
  try {
    const ask = (sql: string) => db.prepare<[], string>(sql).pluck().get() ?? null
    return { sqlite: ask('select sqlite_version()'), sqliteVec: attempt(() => loadVec(db, ask)) }
  } finally {
    db.close()
  }
}

function openMemory(): import('better-sqlite3').Database | null {
  return attempt(() => {
    const Database = require('better-sqlite3') as typeof import('better-sqlite3')
    return new Database(':memory:')
  })
}

function loadVec(db: import('better-sqlite3').Database, ask: (sql: string) => string | null): string | null {
  const { load } = require('sqlite-vec') as typeof import('sqlite-vec')
  load(db)
  return ask('select vec_version()')
}

function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
