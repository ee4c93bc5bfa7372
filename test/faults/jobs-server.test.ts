import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { portablePath } from '../../src/core/text.ts'
import { jobRunner } from '../../src/operations/jobs/runner.ts'
import { operationNamed } from '../../src/operations/table.ts'
import { inRepository } from '../support/assets.ts'
import { eventsFrom, type SentEvent } from '../support/event-stream.ts'
import { connectTo, type Serving, startServing } from '../support/serving.ts'

const PATIENCE = 120_000
const FILES = 3_000

let folder = ''
const children: ChildProcess[] = []

beforeEach(() => {
  folder = portablePath(realpathSync(mkdtempSync(join(tmpdir(), 'semdex-jobs-'))))
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

/** A folder of files that takes some seconds to index. */
function writeFiles(count = FILES): string {
  const docs = `${folder}/docs`
  mkdirSync(docs)
  for (let n = 0; n < count; n++)
    writeFileSync(`${docs}/${n}.md`, `# Note ${n}\n\n${`Line ${n} of the text. `.repeat(60)}\n`)
  return docs
}

interface Server {
  url: string
  child: ChildProcess
}

async function startServer(): Promise<Server> {
  const script = inRepository('test/support/serve-process.ts')
  const child = spawn(process.execPath, [script, `${folder}/semdex.db`, `${folder}/cache`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  return { url: String(line).trim(), child }
}

// biome-ignore lint/suspicious/noExplicitAny: what it answers is what the tests look at.
async function ask(server: { url: string }, method: string, path: string, body?: unknown): Promise<any> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await fetch(`${server.url}${path}`, { method, ...init })
  return response.json()
}

async function startIndex(server: { url: string }, paths: string[]): Promise<string> {
  return (await ask(server, 'POST', '/api/index', { paths })).id
}

/** Follows a job until an event passes; the connection is closed then. */
async function until(server: { url: string }, id: string, passes: (event: SentEvent) => boolean): Promise<SentEvent> {
  for await (const event of eventsFrom(`${server.url}/api/jobs/${id}/events`)) if (passes(event)) return event
  throw new Error('The stream ended before')
}

const isWriting = ({ data }: SentEvent) => data.state === 'running' && (data.progress?.chunks ?? 0) > 0
const isEnd = ({ event }: SentEvent) => event !== 'progress'

describe('a server that is killed', () => {
  test('leaves an index job to the next, which does the rest and no more', { timeout: PATIENCE }, async () => {
    const docs = writeFiles()
    const first = await startServer()
    const id = await startIndex(first, [docs])
    await until(first, id, isWriting)
    first.child.kill('SIGKILL')
    await once(first.child, 'close')
    const second = await startServer()
    const end = await until(second, id, isEnd)
    expect(end).toMatchObject({ event: 'done', data: { state: 'succeeded', attempts: 2 } })
    const [report] = end.data.result.reports
    expect(report.added + report.unchanged).toBe(FILES)
    expect(report.unchanged).toBeGreaterThan(0)
    expect(await ask(second, 'GET', '/api/status')).toMatchObject({ documents: FILES, failed: 0 })
    second.child.kill('SIGTERM')
    await once(second.child, 'close')
    const third = await startServer()
    expect(await ask(third, 'GET', `/api/jobs/${id}`)).toEqual(end.data)
  })

  test('interrupts what cannot go on, and what waited is begun', { timeout: PATIENCE }, async () => {
    const first = await startServer()
    const documents = Array.from({ length: 8_000 }, (_, n) => ({ id: `${n}`, text: `text ${n} `.repeat(8) }))
    const ids: string[] = []
    for (const collection of ['a', 'b', 'c']) {
      const started = { operation: 'add', input: { documents, collection } }
      ids.push((await ask(first, 'POST', '/api/jobs', started)).id)
    }
    const [a = '', , c = ''] = ids
    await until(first, a, ({ data }) => data.state === 'running')
    first.child.kill('SIGKILL')
    await once(first.child, 'close')
    const second = await startServer()
    expect(await until(second, c, isEnd)).toMatchObject({
      event: 'done',
      data: { attempts: 1, result: { added: 8_000 } },
    })
    const { jobs } = await ask(second, 'GET', '/api/jobs')
    const interrupted = jobs.filter(({ state }: { state: string }) => state === 'interrupted')
    expect(interrupted.length).toBeGreaterThan(0)
    expect(await until(second, interrupted[0].id, isEnd)).toMatchObject({ event: 'failed', data: { attempts: 1 } })
  })
})

describe('two servers on one database', () => {
  test('do not take each other’s jobs; each shows, follows and stops those of the other', {
    timeout: PATIENCE,
  }, async () => {
    const docs = writeFiles()
    const here = await startServer()
    const there = await startServer()
    const id = await startIndex(here, [docs])
    expect(await until(there, id, isWriting)).toMatchObject({ data: { attempts: 1 } })
    expect((await ask(there, 'GET', '/api/jobs')).jobs).toMatchObject([{ id, state: 'running', attempts: 1 }])
    expect(await ask(there, 'POST', `/api/jobs/${id}/cancel`)).toMatchObject({ id, cancelling: true })
    expect(await until(there, id, isEnd)).toMatchObject({
      event: 'cancelled',
      data: { state: 'cancelled', attempts: 1 },
    })
    const { documents } = await ask(there, 'GET', '/api/status')
    expect(documents).toBeLessThan(FILES)
    expect(documents).toBeGreaterThan(0)
  })

  test('the one that is left goes on with the jobs of the one that was killed', { timeout: PATIENCE }, async () => {
    const docs = writeFiles()
    const here = await startServer()
    const id = await startIndex(here, [docs])
    const there = await startServer()
    await until(there, id, isWriting)
    here.child.kill('SIGKILL')
    expect(await until(there, id, isEnd)).toMatchObject({ event: 'done', data: { attempts: 2 } })
    expect(await ask(there, 'GET', '/api/status')).toMatchObject({ documents: FILES })
  })
})

describe('events over a socket', () => {
  let serving: Serving
  beforeEach(async () => {
    serving = await startServing({ embeddings: false, shutdownSeconds: 600 })
  })
  afterEach(() => serving.close())

  const listeners = async () => (await jobRunner(serving.parts, operationNamed)).listening

  test('begin with the present state, rise in id and end with the result', { timeout: PATIENCE }, async () => {
    const id = await startIndex(serving, [writeFiles(800)])
    const seen: SentEvent[] = []
    for await (const event of eventsFrom(`${serving.url}/api/jobs/${id}/events`)) seen.push(event)
    expect(seen.length).toBeGreaterThan(2)
    expect(seen.slice(0, -1).every(({ event }) => event === 'progress')).toBe(true)
    const ids = seen.map((event) => Number(event.id))
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    const last = seen.at(-1) as SentEvent
    expect(last).toMatchObject({ event: 'done', data: { id, result: { reports: [{ added: 800 }] } } })
    expect(await ask(serving, 'GET', `/api/jobs/${id}`)).toEqual(last.data)
    const done = seen.map(({ data }) => data.progress?.done ?? 0)
    expect(done).toEqual([...done].sort((a, b) => a - b))
    expect(await listeners()).toBe(0)
  })

  test('go on after the last that was seen, and after the end there is nothing more', {
    timeout: PATIENCE,
  }, async () => {
    const id = await startIndex(serving, [writeFiles(1_500)])
    const url = `${serving.url}/api/jobs/${id}/events`
    const cut = await until(serving, id, isWriting)
    const after: SentEvent[] = []
    for await (const event of eventsFrom(url, { 'last-event-id': cut.id })) after.push(event)
    expect(after.every((event) => Number(event.id) > Number(cut.id))).toBe(true)
    const end = after.at(-1) as SentEvent
    expect(end.event).toBe('done')
    const again: SentEvent[] = []
    for await (const event of eventsFrom(url, { 'last-event-id': cut.id })) again.push(event)
    expect(again).toEqual([end])
    const closed = await fetch(url, { headers: { 'last-event-id': end.id } })
    expect([closed.status, await closed.text()]).toEqual([204, ''])
    for (const id of ['99999', 'x', '-1']) {
      const odd: SentEvent[] = []
      for await (const event of eventsFrom(url, { 'last-event-id': id })) odd.push(event)
      expect(odd).toEqual([end])
    }
  })

  test('a client that leaves frees its listener', { timeout: PATIENCE }, async () => {
    const id = await startIndex(serving, [writeFiles(1_500)])
    const clients = Array.from({ length: 20 }, () => {
      const client = connectTo(serving)
      client.send(`GET /api/jobs/${id}/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
      return client
    })
    for (const client of clients) await client.until('event: progress')
    expect(await listeners()).toBeGreaterThan(0)
    for (const { socket } of clients) socket.destroy()
    await expect.poll(listeners, { timeout: 10_000 }).toBe(0)
    expect(await until(serving, id, isEnd)).toMatchObject({ event: 'done' })
  })

  test('end when the server does, and do not hold it', { timeout: PATIENCE }, async () => {
    const id = await startIndex(serving, [writeFiles(3_000)])
    const client = connectTo(serving)
    client.send(`GET /api/jobs/${id}/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
    await client.until('event: progress')
    await serving.stop()
    expect(await client.ended).not.toContain('event: done')
  })

  test('of a job that is not there are 404', async () => {
    expect(await ask(serving, 'GET', '/api/jobs/job_none/events')).toMatchObject({ error: { code: 'JOB_NOT_FOUND' } })
  })
})
