import type { ChildProcess } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import Driver from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import { invoke } from '../../src/operations/operation.ts'
import { operations } from '../../src/operations/table.ts'
import { build, newUser, type User } from '../support/cli.ts'
import { query } from '../support/query.ts'
import { writeStaticModel } from '../support/static-model.ts'

const QUERIES = ['bread and butter', 'the ninth harbour', 'orbits of small planets', 'a lizard and its tail']
const NOUNS = ['harbour', 'planet', 'lizard', 'kettle', 'bridge', 'meadow', 'engine', 'violin', 'glacier', 'lantern']

let user: User
let to: string
/** The database before any migration, and what it answers then and after one. */
let original: string
let answers: { old: string; new: string }

beforeAll(async () => {
  await build()
  user = newUser()
  const from = writeStaticModel(`${user.folder}/../old`, { dimensions: 24, seed: 3 })
  to = writeStaticModel(`${user.folder}/../new`, { dimensions: 40, seed: 5 })
  user.env.SEMDEX_MODEL = from
  user.write(Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`notes/n${i}.md`, note(i)])))
  expect((await user.semdex(['index', 'notes', '-c', 'notes'])).status).toBe(0)
  original = `${user.database}.original`
  checkpoint(user.database)
  copyFileSync(user.database, original)
  const old = await search()
  expect(await migrate()).toMatchObject({ status: 0 })
  answers = { old, new: await search() }
  expect(answers.new).not.toBe(answers.old)
}, 180_000)
afterAll(() => user.remove())

/** Each step by what of it can be seen in the database. */
const STEPS: [string, string][] = [
  ['it has begun', 'select count(*) from migrations'],
  ['the first vectors are there', `select count(*) > 0 from vectors where space in (${newSpace()})`],
  [
    'half of them are',
    `select count(*) > (select count(*) / 2 from chunks) from vectors where space in (${newSpace()})`,
  ],
  ['all of them are', `select count(*) = (select count(*) from chunks) from vectors where space in (${newSpace()})`],
  ['the two were compared', 'select count(*) from migrations where comparison is not null'],
  ['it has switched', "select count(*) from migrations where serving = 'new'"],
]

function newSpace(): string {
  return 'select new_space from migrations'
}

describe('killed as soon as', () => {
  test.each(STEPS)(
    '%s',
    async (_, condition) => {
      let killed = false
      // After its last step the process ends by itself, at times before it is killed.
      for (let tries = 0; tries < 5 && !killed; tries++) {
        restore()
        killed = await killWhen(start(), condition)
      }
      expect(killed).toBe(true)
      await expectWhole()
      const seen = await search()
      expect([answers.old, answers.new]).toContain(seen)
      await expectFinished()
    },
    120_000,
  )
})

test('ten kills at random moments lose nothing, and the migration ends', async () => {
  restore()
  const begun = performance.now()
  expect(await migrate()).toMatchObject({ status: 0 })
  const full = performance.now() - begun
  restore()
  for (let round = 0; round < 10; round++) {
    const child = start()
    const ended = exited(child)
    setTimeout(() => child.kill('SIGKILL'), Math.random() * full)
    await ended
    await expectWhole()
    expect([answers.old, answers.new]).toContain(await search())
  }
  await expectFinished()
}, 180_000)

test('a rollback is killed and goes on, with what was written since', async () => {
  restore()
  expect(await migrate()).toMatchObject({ status: 0 })
  user.write(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`more/m${i}.md`, note(1_000 + i)])))
  expect(await user.semdex(['index', 'more', '-c', 'notes'])).toMatchObject({ status: 0 })
  const waiting = 'select count(*) > 0 from vectors where space in (select old_space from migrations) and chunk > '
  const last = query<number>(
    user.database,
    'select max(chunk) from vectors where space in (select old_space from migrations)',
  )
  const child = user.start(['migrate', '--rollback', '-c', 'notes'])
  expect(await killWhen(child, `${waiting}${last}`)).toBe(true)
  await expectWhole()
  const rolledBack = await user.json(['migrate', '--rollback', '-c', 'notes'])
  expect(rolledBack).toMatchObject({ serving: 'old', state: 'rolled-back', waiting: { old: 0 } })
  expect(rolledBack.filled).toBeLessThan(200)
  const [{ hits }] = JSON.parse(await search([firstLine(1_100)]))
  expect(hits[0][0]).toContain('m100.md')
  expect(query(user.database, 'select count(*) from documents where pending > 0')).toBe(0)
}, 120_000)

function note(i: number): string {
  const noun = NOUNS[i % NOUNS.length]
  return `# ${firstLine(i)}\n\nOf ${noun} ${i} there is more to tell. It was seen near ${NOUNS[(i * 7) % 10]} ${i * 13}.\n`
}

function firstLine(i: number): string {
  return `The ${NOUNS[i % NOUNS.length]} with number ${i} of ${(i * 37) % 1_009}`
}

function migrateArgs(): string[] {
  return ['migrate', '--to', to, '-c', 'notes', '--yes', '--queries', '20']
}

const migrate = () => user.semdex(migrateArgs())
const start = () => user.start(migrateArgs())

/** What is answered to all queries: documents, similarities and scores. */
async function search(queries = QUERIES): Promise<string> {
  const environment = user.env as Record<string, string>
  const parts = openParts(loadConfiguration({ flags: {}, environment }), { mode: 'inline' })
  const operation = await operations.search()
  const all = []
  for (const query of queries) {
    for (const mode of ['vector', 'hybrid']) {
      const { hits, degraded } = await invoke(operation, parts, { query, mode, collection: 'notes' })
      all.push({ degraded, hits: hits.map((hit) => toRow(hit as Hit)) })
    }
  }
  await parts.close()
  return JSON.stringify(all)
}

/** Scores are measured against sums that were added up in another order. */
function toRow({ documentId, similarity, score }: Hit) {
  return [documentId, similarity.toFixed(6), score.toFixed(6)]
}

interface Hit {
  documentId: string
  similarity: number
  score: number
}

/** The same command again does what is left; the old index answers as before, if it is let. */
async function expectFinished(): Promise<void> {
  const { migrations } = await user.json(migrateArgs())
  expect(migrations).toMatchObject([{ ok: true, serving: 'new', waiting: { old: 0, new: 0 } }])
  expect(await search()).toBe(answers.new)
  expect(await user.json(['migrate', '--rollback'])).toMatchObject({ serving: 'old', filled: 0 })
  expect(await search()).toBe(answers.old)
}

/** Every chunk has its vector in the index that serves, and none has two. */
async function expectWhole(): Promise<void> {
  expect(query(user.database, "select count(*) from pragma_integrity_check where integrity_check <> 'ok'")).toBe(0)
  expect(query(user.database, 'select count(*) from pragma_foreign_key_check')).toBe(0)
  const lacking = `select count(*) from chunks c join collections o on o.key = c.collection
    where not exists (select 1 from vectors v where v.chunk = c.key and v.space = o.space)`
  const serving = query<string | null>(user.database, 'select serving from migrations')
  if (serving !== null) expect(query(user.database, lacking)).toBe(0)
  expect(query(user.database, 'select count(*) from documents where pending > 0 or failed > 0')).toBe(0)
}

function restore(): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${user.database}${end}`, { force: true })
  copyFileSync(original, user.database)
}

function checkpoint(file: string): void {
  const database = new Driver(file)
  database.pragma('wal_checkpoint(truncate)')
  database.close()
}

/** Kills the process when the database shows it; false where the process was done before. */
async function killWhen(child: ChildProcess, condition: string): Promise<boolean> {
  const ended = exited(child)
  let over = false
  void ended.then(() => {
    over = true
  })
  while (!over) {
    if (query<number>(user.database, condition)) {
      child.kill('SIGKILL')
      return (await ended) === 'SIGKILL'
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return false
}

function exited(child: ChildProcess): Promise<NodeJS.Signals | null> {
  child.stdout?.resume()
  child.stderr?.resume()
  return new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
}
