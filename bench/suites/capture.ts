import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Driver from 'better-sqlite3'
import { open, type Semdex } from '../../src/index.ts'
import { saveRun } from '../support/run.ts'
import { quantile } from '../support/spread.ts'

// What a capture costs: `add` with `wait: false`, one short document a call, which answers when the record is durable and its
// passage waits for its vector; against one commit of the same row by better-sqlite3 alone, under the same `synchronous`
// setting. The two take turns, call by call. The background work is off: it would share the two cores.
//   npm run bench:capture -- [calls]

const AIM = 2
const calls = Number(process.argv[2] ?? 2_000)
const WARM_UP = 200

const results = []
for (const synchronous of ['full', 'normal'] as const) results.push(await measure(synchronous))
for (const { synchronous, bare, semdex, ratio } of results)
  process.stdout.write(
    `${synchronous}: p50 ${semdex.p50} ms of ${bare.p50}, p95 ${semdex.p95} ms of ${bare.p95}: ${ratio.p95} times (aim ${AIM})\n`,
  )
saveRun('capture', { calls, aim: AIM, results })

async function measure(synchronous: 'full' | 'normal') {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-capture-'))
  const semdex = await open({ database: join(folder, 'semdex.db'), synchronous, backfill: 'off' })
  const bare = openBare(join(folder, 'bare.db'), synchronous)
  const times: Record<'semdex' | 'bare', number[]> = { semdex: [], bare: [] }
  const turns = { semdex: (i: number) => capture(semdex, i), bare: async (i: number) => bare.put(i) }
  for (let i = 0; i < WARM_UP + calls; i++) {
    const order = i % 2 === 0 ? (['semdex', 'bare'] as const) : (['bare', 'semdex'] as const)
    for (const who of order) {
      const began = performance.now()
      await turns[who](i)
      if (i >= WARM_UP) times[who].push(performance.now() - began)
    }
  }
  const { pending } = await semdex.call('collections.get', { name: 'default' })
  if (pending !== WARM_UP + calls) throw new Error(`${pending} of ${WARM_UP + calls} captures are there`)
  await semdex.close()
  bare.close()
  rmSync(folder, { recursive: true, force: true })
  const [own, alone] = [figuresOf(times.semdex), figuresOf(times.bare)]
  const ratioOf = (name: keyof typeof own) => Number((own[name] / alone[name]).toPrecision(3))
  return { synchronous, semdex: own, bare: alone, ratio: { p50: ratioOf('p50'), p95: ratioOf('p95') } }
}

async function capture(semdex: Semdex, i: number): Promise<void> {
  const { added } = await semdex.add({ id: `note-${i}`, text: textOf(i), metadata: metadataOf(i) }, { wait: false })
  if (added !== 1) throw new Error('it was not stored')
}

/** One table, one row a commit, in the journal mode that Semdex has. */
function openBare(file: string, synchronous: 'full' | 'normal') {
  const db = new Driver(file)
  db.pragma('journal_mode = wal')
  db.pragma(`synchronous = ${synchronous}`)
  db.exec(
    'create table notes (key integer primary key, id text unique, text text, metadata text, hash text, created_at real)',
  )
  const insert = db.prepare('insert into notes (id, text, metadata, hash, created_at) values (?, ?, ?, ?, ?)')
  return {
    put: (i: number) =>
      void insert.run(`note-${i}`, textOf(i), JSON.stringify(metadataOf(i)), 'a'.repeat(64), Date.now()),
    close: () => db.close(),
  }
}

/** Some 240 characters, each text another one. */
function textOf(i: number): string {
  const words = [
    'deploy',
    'invoice',
    'meeting',
    'migration',
    'retry',
    'customer',
    'login',
    'backup',
    'release',
    'index',
  ]
  const pick = (at: number) => words[(i * 7 + at * at * 3) % words.length] as string
  return `Note ${i}: ${Array.from({ length: 30 }, (_, at) => pick(at + (i % 13))).join(' ')}.`
}

function metadataOf(i: number) {
  return { source: 'bench', number: i, tags: ['note', `group-${i % 10}`] }
}

function figuresOf(times: readonly number[]) {
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), p99: quantile(times, 0.99) }
}
