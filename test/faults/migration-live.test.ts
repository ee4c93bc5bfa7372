import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Driver from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Parts } from '../../src/core/parts.ts'
import { invoke, type Operation } from '../../src/operations/operation.ts'
import { type OperationName, operations } from '../../src/operations/table.ts'
import { BINARY, build } from '../support/cli.ts'
import { run, userEnvironment } from '../support/processes.ts'
import { writeStaticModel } from '../support/static-model.ts'

const QUERIES = ['bread and butter', 'the harbour with the number nine', 'orbits of planets', 'a lizard and its tail']
const NOUNS = ['harbour', 'planet', 'lizard', 'kettle', 'bridge', 'meadow', 'engine', 'violin', 'glacier', 'lantern']
const STABLE = 600

beforeAll(build, 180_000)

describe.each(['native', 'padded'] as const)('under reads and writes without a pause, %s', (layout) => {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open(layout)
  }, 60_000)
  afterAll(() => scene.close())

  test('every answer while it moves is that of the one index or of the other', async () => {
    const before = await scene.stableAnswers()
    const load = await scene.load()
    const { status, stdout, stderr } = await scene.semdex(['migrate', '--to', scene.to, '-c', 'docs', '--queries', '5'])
    const seen = await load.end()
    expect([status, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ migrations: [{ ok: true, serving: 'new' }] })
    expectEitherOr(seen, before, await scene.stableAnswers())
    scene.expectAllHaveVectors('new_space')
  }, 120_000)

  test('and while it goes back, with what was written since', async () => {
    const before = await scene.stableAnswers()
    const load = await scene.load()
    const { status, stderr } = await scene.semdex(['migrate', '--rollback', '-c', 'docs'])
    const seen = await load.end()
    expect([status, stderr]).toEqual([0, ''])
    expectEitherOr(seen, before, await scene.stableAnswers())
    scene.expectAllHaveVectors('old_space')
  }, 120_000)

  test('and while the old index goes away after another switch', async () => {
    expect((await scene.semdex(['migrate', '--to', scene.to, '-c', 'docs', '--queries', '0'])).status).toBe(0)
    const before = await scene.stableAnswers()
    const load = await scene.load()
    const { status, stderr } = await scene.semdex(['migrate', '--remove-old', '-c', 'docs'])
    const seen = await load.end()
    expect([status, stderr]).toEqual([0, ''])
    expectEitherOr(seen, before, before)
    expect(scene.query('select count(distinct space) from vectors')).toBe(1)
    expect(await scene.run('migrate.status', {})).toEqual({ running: false, migrations: [] })
  }, 120_000)
})

interface Seen {
  /** By query, in the order in which they were answered. */
  answers: Map<string, string[]>
  /** What was wrong with what was written. */
  wrong: string[]
  written: number
}

/** Of one query, and once the new index has answered, it has to each later one. */
function expectEitherOr({ answers, wrong, written }: Seen, before: Map<string, string>, after: Map<string, string>) {
  expect(wrong).toEqual([])
  expect(written).toBeGreaterThan(5)
  for (const [query, given] of answers) {
    expect(given.length).toBeGreaterThan(5)
    const [first, second] = [before.get(query), after.get(query)]
    const other = given.filter((answer) => answer !== first && answer !== second)
    expect(other).toEqual([])
    if (first !== second) expect(given.lastIndexOf(first as string)).toBeLessThan(firstOrEnd(given, second as string))
  }
}

function firstOrEnd(given: readonly string[], answer: string): number {
  const index = given.indexOf(answer)
  return index < 0 ? given.length : index
}

/** A collection in a database that this process and others use. */
class Scene {
  readonly to: string
  readonly #folder: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #parts: Parts
  #next = 0

  private constructor() {
    this.#folder = realpathSync(mkdtempSync(join(tmpdir(), 'semdex-live-')))
    const from = writeStaticModel(join(this.#folder, 'old'), { dimensions: 24, seed: 3 })
    this.to = writeStaticModel(join(this.#folder, 'new'), { dimensions: 40, seed: 5 })
    this.#environment = {
      ...userEnvironment(this.#folder, process.execPath),
      SEMDEX_DB: join(this.#folder, 'semdex.db'),
      SEMDEX_CACHE: join(this.#folder, 'cache'),
      SEMDEX_MODEL: from,
      SEMDEX_WORKERS: '1',
      SEMDEX_DAEMON: 'off',
    }
    const environment = this.#environment as Record<string, string>
    this.#parts = openParts(loadConfiguration({ flags: {}, environment }), { mode: 'threads' })
  }

  static async open(layout: 'native' | 'padded'): Promise<Scene> {
    const scene = new Scene()
    const documents = Array.from({ length: STABLE }, (_, i) => ({
      ...{ id: `s${i}`, text: `The ${NOUNS[i % 10]} with number ${i} is near ${NOUNS[(i * 7) % 10]} ${i * 37}.` },
      metadata: { stable: true },
    }))
    await scene.run('collections.create', { name: 'docs', layout })
    await scene.run('add', { documents, collection: 'docs' })
    return scene
  }

  // biome-ignore lint/suspicious/noExplicitAny: what is answered is what the tests look at.
  async run(name: OperationName, input: object): Promise<any> {
    return invoke((await operations[name]()) as unknown as Operation<unknown, unknown>, this.#parts, input)
  }

  semdex(args: readonly string[]) {
    return run(process.execPath, [BINARY, '--json', ...args], { cwd: this.#folder, env: this.#environment })
  }

  async stableAnswers(): Promise<Map<string, string>> {
    const answers = new Map<string, string>()
    for (const query of QUERIES) answers.set(query, await this.#ask(query))
    return answers
  }

  /** Of the documents that nobody changes, whose cosines nothing else decides. */
  async #ask(query: string): Promise<string> {
    const filter = { stable: true }
    const { hits, degraded } = await this.run('search', { query, mode: 'vector', collection: 'docs', filter })
    return JSON.stringify([degraded, hits.map((hit: Hit) => [hit.documentId, hit.similarity.toFixed(6)])])
  }

  /** Reads and writes, some of it before this answers, until it is told to end, and some of it after that. */
  async load(): Promise<{ end(): Promise<Seen> }> {
    const seen: Seen = { answers: new Map(QUERIES.map((query) => [query, []])), wrong: [], written: 0 }
    let [rounds, ends] = [0, false]
    const each = async (work: () => Promise<void>) => {
      while (!ends) await work()
    }
    const read = async () => {
      for (const query of QUERIES) seen.answers.get(query)?.push(await this.#ask(query))
      rounds++
    }
    const working = Promise.all([each(read), each(() => this.#write(seen)), each(() => this.#write(seen))])
    const some = async () => {
      const enough = { rounds: rounds + 3, written: seen.written + 3 }
      while (rounds < enough.rounds || seen.written < enough.written) {
        await Promise.race([working, new Promise((resolve) => setTimeout(resolve, 5))])
      }
    }
    await some()
    return {
      async end() {
        await some().finally(() => {
          ends = true
        })
        await working
        return seen
      },
    }
  }

  /** What is acknowledged is found at once, what replaces a text in its place, and what is deleted no more. */
  async #write(seen: Seen): Promise<void> {
    const n = this.#next++
    const id = `w${n}`
    const texts = [
      `Something new of ${n * 101} ${NOUNS[n % 10]}`,
      `Quite other words: ${n * 211} ${NOUNS[(n + 3) % 10]}`,
    ]
    for (const text of texts) {
      await this.run('add', { documents: [{ id, text }], collection: 'docs' })
      const { hits } = await this.run('search', { query: text, mode: 'vector', collection: 'docs', limit: 3 })
      const own = hits.find((hit: Hit) => hit.documentId === id)
      if (!(own?.similarity > 0.9999)) seen.wrong.push(`${id} is not found by its text: ${JSON.stringify(hits[0])}`)
    }
    if (n % 3 === 0) {
      await this.run('delete', { ids: [id], collection: 'docs' })
      const { hits } = await this.run('search', { query: texts[1], mode: 'hybrid', collection: 'docs', limit: 5 })
      if (hits.some((hit: Hit) => hit.documentId === id)) seen.wrong.push(`${id} is found although it is deleted`)
    }
    seen.written++
  }

  expectAllHaveVectors(space: 'old_space' | 'new_space'): void {
    const lacking = `select count(*) from chunks c where not exists
      (select 1 from vectors v where v.chunk = c.key and v.space = (select ${space} from migrations))`
    expect(this.query(lacking)).toBe(0)
    expect(this.query('select count(*) from documents where pending > 0 or failed > 0')).toBe(0)
  }

  query(sql: string): unknown {
    const database = new Driver(this.#environment.SEMDEX_DB as string, { readonly: true })
    try {
      return database.prepare(sql).pluck().get()
    } finally {
      database.close()
    }
  }

  async close(): Promise<void> {
    await this.#parts.close()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

interface Hit {
  documentId: string
  similarity: number
}
