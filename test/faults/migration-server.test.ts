import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'
import { eventsFrom } from '../support/event-stream.ts'
import { query } from '../support/query.ts'
import { writeStaticModel } from '../support/static-model.ts'

const QUERIES = ['bread and butter', 'the ninth harbour', 'orbits of small planets', 'a lizard and its tail']
const NOUNS = ['harbour', 'planet', 'lizard', 'kettle', 'bridge', 'meadow', 'engine', 'violin', 'glacier', 'lantern']
const DOCUMENTS = 2_000

let user: User
let to: string
let children: ChildProcess[]

beforeAll(build, 180_000)
beforeEach(() => {
  children = []
  user = newUser()
  const from = writeStaticModel(`${user.folder}/../old`, { dimensions: 24, seed: 3 })
  to = writeStaticModel(`${user.folder}/../new`, { dimensions: 40, seed: 5 })
  Object.assign(user.env, { SEMDEX_MODEL: from, SEMDEX_WARM_UP: 'off' })
})
afterEach(async () => {
  for (const child of children) await kill(child)
  user.remove()
})

/** Each moment by what of it can be seen in the database. */
const NEW_VECTORS = 'from vectors where space in (select new_space from migrations)'
const MOMENTS: [string, string][] = [
  ['it has begun', 'select count(*) from migrations'],
  ['the new index is half full', `select count(*) > ${DOCUMENTS / 2} ${NEW_VECTORS}`],
  ['the new index is full', `select count(*) = ${DOCUMENTS} ${NEW_VECTORS}`],
]

test.each(MOMENTS)(
  'a migration that runs as a job goes on in the next server, after a kill as soon as %s',
  async (_, condition) => {
    const first = await startServer()
    await addDocuments(first)
    const old = await answers(first)
    const input = { to, collection: 'notes', queries: 20 }
    const { id } = await ask(first, 'POST', '/api/jobs', { operation: 'migrate', input })
    const early = reading(first)
    await until(condition)
    await kill(first.child)
    const seen = await early.end()

    const second = await startServer()
    const late = reading(second)
    const end = await endOf(second, id)
    seen.push(...(await late.end()))
    expect(end).toMatchObject({ event: 'done', data: { state: 'succeeded', attempts: 2 } })
    const [migration] = end.data.result.migrations
    expect(migration).toMatchObject({ ok: true, serving: 'new', waiting: { old: 0, new: 0 } })
    expect(migration.filled).toBeLessThanOrEqual(DOCUMENTS)
    const after = await answers(second)
    expect(after).not.toEqual(old)
    expect(seen.length).toBeGreaterThan(QUERIES.length)
    expect(seen.filter(([query, answer]) => answer !== old[query] && answer !== after[query])).toEqual([])
    expect(query(user.database, `select count(*) ${NEW_VECTORS}`)).toBe(DOCUMENTS)
    expect(query(user.database, 'select count(*) from documents where pending > 0 or failed > 0')).toBe(0)

    const back = await ask(second, 'POST', '/api/jobs', {
      operation: 'migrate.rollback',
      input: { collection: 'notes' },
    })
    expect(await endOf(second, back.id)).toMatchObject({ event: 'done', data: { result: { filled: 0 } } })
    expect(await answers(second)).toEqual(old)
  },
  120_000,
)

interface Server {
  url: string
  child: ChildProcess
}

async function startServer(): Promise<Server> {
  const child = user.start(['serve', '--port', '0', '--json'])
  children.push(child)
  child.stderr?.resume()
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  child.stdout?.resume()
  return { url: JSON.parse(`${line}`).url, child }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'close')
}

// biome-ignore lint/suspicious/noExplicitAny: what it answers is what the tests look at.
async function ask({ url }: Server, method: string, path: string, body: unknown): Promise<any> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer
}

async function addDocuments(server: Server): Promise<void> {
  await ask(server, 'POST', '/api/collections', { name: 'notes' })
  for (let from = 0; from < DOCUMENTS; from += 500) {
    const documents = Array.from({ length: 500 }, (_, i) => ({ id: `${from + i}`, text: textOf(from + i) }))
    const { failed } = await ask(server, 'POST', '/api/collections/notes/documents', { documents })
    expect(failed).toBe(0)
  }
}

function textOf(n: number): string {
  return `The ${NOUNS[n % 10]} with number ${n} of ${(n * 37) % 1_009} is near ${NOUNS[(n * 7) % 10]} ${n * 13}.`
}

/** What a query is answered, by meaning. Similarities are computed in the same order by whoever answers. */
async function answerTo(server: Server, text: string): Promise<string> {
  const { hits, degraded } = await ask(server, 'POST', '/api/search', {
    ...{ query: text, collection: 'notes', mode: 'vector', limit: 5 },
  })
  return JSON.stringify([degraded, hits.map((hit: Hit) => [hit.documentId, hit.similarity.toFixed(6)])])
}

interface Hit {
  documentId: string
  similarity: number
}

async function answers(server: Server): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const text of QUERIES) found[text] = await answerTo(server, text)
  return found
}

/** Asks without a pause until it is told to end or the server is gone; what each query was answered. */
function reading(server: Server): { end(): Promise<[query: string, answer: string][]> } {
  const seen: [string, string][] = []
  let ends = false
  const gone = () => server.child.killed || server.child.signalCode !== null
  const work = (async () => {
    for (let n = 0; !ends; n++) {
      const text = QUERIES[n % QUERIES.length] as string
      try {
        seen.push([text, await answerTo(server, text)])
      } catch (thrown) {
        if (!gone()) throw thrown
        return
      }
    }
  })()
  return {
    async end() {
      ends = true
      await work
      return seen
    },
  }
}

async function endOf({ url }: Server, id: string) {
  for await (const event of eventsFrom(`${url}/api/jobs/${id}/events`)) if (event.event !== 'progress') return event
  throw new Error('The events ended before the job')
}

async function until(condition: string): Promise<void> {
  for (let n = 0; n < 30_000; n++, await pause(1)) if (query(user.database, condition)) return
  throw new Error(`It was never so: ${condition}`)
}
