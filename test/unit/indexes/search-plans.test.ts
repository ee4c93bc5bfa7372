import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import storageModule from '../../../src/compose/storage-module.ts'
import { type Connection, openConnection } from '../../../src/sqlite/connection.ts'
import { migrate } from '../../../src/sqlite/migrate.ts'

// What a search asks of the file, and how SQLite goes about it: a plan that walks over a whole table or over all documents of
// a collection gives the right answer, and takes a thousand times as long once there are many.

const DIMENSIONS = 8
const folder = mkdtempSync(join(tmpdir(), 'semdex-plans-'))
const target = { collection: 1, fingerprint: 'model', dimensions: DIMENSIONS }
const query = new Float32Array(DIMENSIONS).fill(1)
const searches: Record<string, unknown> = {
  'vectors.search': { ...target, query, limit: 10 },
  'vectors.similarities': { ...target, query, keys: [1, 2] },
  'vectors.distribution': { ...target, query },
  'lexical.search': { collection: 1, query: 'some words', limit: 10 },
  'records.chunks': { keys: [1, 2] },
}
/** One pass over an index of numbers that holds nothing else: how many chunks there are. */
const COUNTS = /select coalesce\(sum\(chunks\), 0\) from documents where collection = \?/
let connection: Connection

beforeAll(() => {
  connection = openConnection({ file: join(folder, 'plans.db') })
  migrate(connection, storageModule.migrations)
  storageModule.prepare(connection)
  write('records.createCollection', { name: 'notes', model: 'model', fingerprint: 'model', dimensions: DIMENSIONS })
  write('records.putDocuments', { collection: 'notes', documents: [documentOf('a'), documentOf('b')] })
})

afterAll(() => {
  connection.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(Object.keys(searches))('%s', (name) => {
  test('reads rows by their keys', () => {
    const statements = statementsOf((listening) => storageModule.reads[name]?.(listening, searches[name]))
    expect(statements.length).toBeGreaterThan(0)
    const steps = statements.filter((sql) => !COUNTS.test(sql)).flatMap(planOf)
    expect(steps.filter((step) => WALKS.some((walk) => walk.test(step)))).toEqual([])
  })
})

test('a plan that begins at the documents of a collection is told from one that ends there', () => {
  const from = 'from json_each(?) j cross join chunks c on c.key = j.value'
  const walks = (sql: string) => planOf(sql).some((step) => WALKS.some((walk) => walk.test(step)))
  expect(walks(`select c.key ${from} cross join documents d on d.key = c.document where d.collection = ?`)).toBe(false)
  expect(walks('select c.key from documents d join chunks c on c.document = d.key where d.collection = ?')).toBe(true)
  expect(walks('select key from chunks where position = ?')).toBe(true)
})

/** Of the steps of a plan: a table from one end to the other, and all that belongs to a collection. */
const WALKS = [
  /^SCAN (?!.*VIRTUAL TABLE)(?!CONSTANT ROW)(?!\(?subquery)/i,
  /^SEARCH (d|documents) USING .*\(collection=\?/,
  /^SEARCH (c|chunks) USING .*\(collection=\?/,
]

function planOf(sql: string): string[] {
  const values = Array.from(sql.matchAll(/\?/g), () => null)
  const rows = connection.db.prepare(`explain query plan ${sql}`).all(...values) as { detail: string }[]
  return rows.map(({ detail }) => detail)
}

/** The statements that are asked for, by either way to prepare one. */
function statementsOf(work: (listening: Connection) => unknown): string[] {
  const asked = new Set<string>()
  const listen =
    <T>(ask: (source: string) => T) =>
    (source: string) => {
      asked.add(source)
      return ask(source)
    }
  const db = Object.create(connection.db, { prepare: { value: listen((source) => connection.db.prepare(source)) } })
  work({ ...connection, db, sql: listen(connection.sql) as Connection['sql'] })
  return [...asked].filter((source) => /^\s*(select|with)\b/i.test(source))
}

function write(name: string, args: unknown): void {
  storageModule.writes[name]?.(connection, args)
}

function documentOf(id: string) {
  const text = `some words of ${id}`
  const place = { start: 0, end: text.length, lines: [1, 1], heading: [], symbol: null }
  const chunks = [{ place, embeddingHash: id, vector: query, error: null }]
  return { id, title: null, format: 'text', text, metadata: {}, contentHash: id, chunkingFingerprint: 'cut', chunks }
}
