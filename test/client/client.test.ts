import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import { readEvents } from '../../src/interfaces/client/events.ts'
import { connect, RequestError, type SemdexClient } from '../../src/interfaces/client/index.ts'
import { OPERATION_NAMES } from '../../src/interfaces/wire/operations.ts'
import { type Serving, startServing } from '../support/serving.ts'

let serving: Serving
let client: SemdexClient
beforeAll(async () => {
  serving = await startServing({ embeddings: false })
  client = connect({ url: `${serving.url}/` })
})
afterAll(() => serving.close())

const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('it did not fail'),
    (thrown: unknown) => thrown,
  )

describe('a collection', () => {
  beforeEach(async () => {
    const documents = [
      { id: 'bread', text: 'Knead the dough.', metadata: { lang: 'en' } },
      { id: 'soup', text: 'Boil the onions.', metadata: { lang: 'en' } },
      { id: 'brot', text: 'Den Teig kneten.', metadata: { lang: 'de' } },
    ]
    await client.documents.add({ documents, collection: 'notes' })
  })
  afterEach(() => client.collections.drop({ name: 'notes' }))

  test('is filled, searched, listed and emptied', async () => {
    const { hits, degraded } = await client.search({ query: 'dough', collection: 'notes' })
    expect(hits).toMatchObject([{ documentId: 'bread', text: 'Knead the dough.' }])
    expect(degraded?.code).toBe('EMBEDDING_UNAVAILABLE')
    expect(await client.documents.get({ id: 'soup', collection: 'notes' })).toMatchObject({ text: 'Boil the onions.' })
    expect((await client.documents.list({ collection: 'notes', filter: { lang: 'de' } })).documents).toMatchObject([
      { id: 'brot' },
    ])
    expect(await client.documents.delete({ filter: { lang: 'en' }, collection: 'notes' })).toEqual({ deleted: 2 })
    expect(await client.collections.get({ name: 'notes' })).toMatchObject({ documents: 1 })
    expect((await client.status()).documents).toBe(1)
  })

  test('gives its documents one by one, over as many pages as there are', async () => {
    const ids: string[] = []
    for await (const { id } of client.documents.all({ collection: 'notes', limit: 2 })) ids.push(id)
    expect(ids).toEqual(['bread', 'soup', 'brot'])
  })

  test('goes to another server over the connection, as lines that neither keeps', async () => {
    const other = await startServing({ embeddings: false })
    const there = connect({ url: other.url })
    const lines = await client.exportLines({ collection: 'notes' })
    expect(await there.importLines(lines)).toMatchObject({ documents: 3, failed: 0, complete: true, errors: [] })
    expect((await there.documents.list({ collection: 'notes' })).documents).toHaveLength(3)
    const again = await new Response(await client.exportLines()).text()
    for (const form of [again, new Blob([again])]) {
      const { errors, ...totals } = await there.importLines(form, { ifExists: 'fail' })
      expect(totals).toMatchObject({ documents: 0, failed: 3 })
      expect(errors.map(({ line, error }) => [line, error.code])).toEqual([3, 4, 5].map((n) => [n, 'DOCUMENT_EXISTS']))
    }
    expect(await failure(there.importLines('{}'))).toMatchObject({ status: 422, code: 'IMPORT_INVALID' })
    expect(await failure(client.exportLines({ collection: 'none' }))).toMatchObject({ code: 'COLLECTION_NOT_FOUND' })
    await other.close()
  })

  test('takes files with their names and bytes', async () => {
    const content = new Blob(['# Bread\n\nBake it in a hot oven.\n'])
    const files = [
      { name: 'deep/a.md', content },
      { name: 'b.txt', content: new TextEncoder().encode('Ofen, süß') },
    ]
    const answer = await client.documents.addFiles(files, { collection: 'notes' })
    expect(answer).toMatchObject({ added: 2, results: [{ id: 'deep/a.md' }, { id: 'b.txt' }] })
    expect(await client.documents.get({ id: 'b.txt' })).toMatchObject({ text: 'Ofen, süß' })
    expect(answer.degraded?.code).toBe('EMBEDDING_UNAVAILABLE')
    expect(await client.documents.addFiles(files, { collection: 'notes', wait: false })).toMatchObject({
      ...{ added: 2, pending: 2, degraded: null },
    })
    const [file] = files
    const asJson = await client.call('add.files', {
      files: [{ name: 'c.md', content: new TextEncoder().encode('ÿ in base64') }],
      collection: 'notes',
    })
    expect(asJson).toMatchObject({ added: 1 })
    expect(await client.documents.get({ id: 'c.md' })).toMatchObject({ text: 'ÿ in base64' })
    expect(file?.name).toBe('deep/a.md')
  })
})

describe('a failure', () => {
  test('is that of the operation, with the request that it belongs to', async () => {
    const error = await failure(client.collections.get({ name: 'none' }))
    expect(error).toBeInstanceOf(RequestError)
    expect(error).toMatchObject({
      ...{ code: 'COLLECTION_NOT_FOUND', status: 404, retryAfter: null, details: { collection: 'none' } },
      ...{ message: expect.stringContaining('none'), fix: expect.any(String), requestId: expect.any(String) },
    })
    expect(await failure(client.search({ query: 'a', limit: 0 }))).toMatchObject({
      ...{ code: 'INVALID_INPUT', status: 400, details: { field: 'limit' } },
    })
  })

  test('says when to try again', async () => {
    const limited = await startServing({ embeddings: false, rateLimit: 1 })
    const hasty = connect({ url: limited.url })
    await hasty.status()
    const error = (await failure(hasty.status())) as RequestError
    expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429 })
    expect(error.retryAfter).toBeGreaterThan(0)
    await limited.close()
  })

  test('of a server that is not there, or that is another, is said so', async () => {
    expect(await failure(connect({ url: 'http://127.0.0.1:9' }).status())).toMatchObject({
      ...{ code: 'SERVER_FAILED', status: null, message: expect.stringContaining('127.0.0.1:9') },
    })
    const proxy = await listen((_, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<p>'))
    expect(await failure(connect({ url: proxy.url }).status())).toMatchObject({ code: 'SERVER_FAILED', status: 502 })
    proxy.close()
  })

  test('of time and of the caller are told apart', async () => {
    const silent = await listen(() => undefined)
    const patient = connect({ url: silent.url, timeout: 0 })
    expect(await failure(connect({ url: silent.url, timeout: 50 }).status())).toMatchObject({ code: 'TIMEOUT' })
    expect(await failure(patient.status({}, { timeout: 50 }))).toMatchObject({ code: 'TIMEOUT', status: null })
    const controller = new AbortController()
    const asked = patient.status({}, { signal: controller.signal })
    controller.abort()
    expect(await failure(asked)).toMatchObject({ code: 'ABORTED' })
    silent.close()
  })
})

describe('a key', () => {
  test('is sent with each request, also one that is made anew', async () => {
    const guarded = await startServing({ embeddings: false })
    const open = connect({ url: guarded.url })
    const { key, id } = await open.keys.create({ name: 'client', scope: 'read' })
    await expect
      .poll(() => failure(open.status()), { timeout: 10_000 })
      .toMatchObject({ code: 'KEY_INVALID', status: 401 })
    let asked = 0
    const giveKey = async () => {
      asked++
      return key
    }
    const keyed = connect({ url: guarded.url, key: giveKey })
    expect(await keyed.status()).toMatchObject({ documents: 0 })
    expect(await keyed.collections.list()).toEqual({ collections: [] })
    expect(asked).toBe(2)
    expect(await failure(keyed.keys.revoke({ id }))).toMatchObject({ code: 'ACCESS_DENIED', status: 403 })
    await guarded.close()
  })
})

describe('a job', () => {
  test('is followed to its end', async () => {
    const folder = join(import.meta.dirname, '../docs/scene/notes')
    const { id } = await client.jobs.start({ operation: 'index', input: { paths: [folder], collection: 'followed' } })
    const events = []
    for await (const each of client.jobs.events(id)) events.push(each)
    const last = events.at(-1)
    expect([last?.event, last?.job.state]).toEqual(['done', 'succeeded'])
    expect(events.slice(0, -1).every(({ event }) => event === 'progress')).toBe(true)
    expect(last?.job.result).toMatchObject({ reports: [{ collection: 'followed', failed: 0 }] })
    expect(await client.jobs.wait(id)).toMatchObject({ id, state: 'succeeded' })
    expect((await client.jobs.list()).jobs).toMatchObject([{ id }])
  })

  test('that there is not is an error at once', async () => {
    expect(await failure(client.jobs.wait('none'))).toMatchObject({ code: 'JOB_NOT_FOUND', status: 404 })
  })

  test('is followed over lost connections, from the last event that was seen', async () => {
    const seen: (string | undefined)[] = []
    const flaky = await listen((request, response) => {
      if (request.url === '/api/operations/jobs.get') return response.end('{"state":"running"}')
      seen.push(request.headers['last-event-id'] as string | undefined)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(
        `event: ${seen.length < 3 ? 'progress' : 'done'}\nid: ${seen.length}\ndata: {"revision":${seen.length}}\n\n`,
      )
      return seen.length === 1 ? setTimeout(() => response.destroy(), 20) : response.end()
    })
    const revisions: number[] = []
    for await (const { job } of connect({ url: flaky.url }).jobs.events('x')) revisions.push(job.revision)
    expect(revisions).toEqual([1, 2, 3])
    expect(seen).toEqual([undefined, '1', '2'])
    flaky.close()
  })
})

test('events are read as the standard says, however they are cut', async () => {
  const text = ': comment\n\nevent: a\r\nid: 1\r\ndata: one\r\ndata:two\r\n\r\ndata\n\nid: 2\ndata: süß\n\ndata: lost'
  const bytes = new TextEncoder().encode(text)
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
        controller.close()
      },
    })
    const events = []
    for await (const event of readEvents(body)) events.push(event)
    expect(events).toEqual([
      { event: 'a', id: '1', data: 'one\ntwo' },
      { event: 'message', data: '' },
      { event: 'message', id: '2', data: 'süß' },
    ])
  }
})

test('every operation can be called, and all but the measurements have a method', async () => {
  const asked: string[] = []
  const fake: typeof fetch = async (url) => {
    asked.push(String(url).replace('/api/operations/', ''))
    return Response.json({})
  }
  const methods = connect({ url: '', fetch: fake }) as unknown as Record<string, unknown>
  const all = Object.values(methods).flatMap((each) =>
    typeof each === 'object' && each ? Object.values(each) : [each],
  )
  for (const method of all) if (typeof method === 'function') await method({}, {}).catch?.(() => undefined)
  const named = new Set(asked)
  const unnamed = OPERATION_NAMES.filter((name) => !named.has(name))
  expect(unnamed).toEqual(['index', 'add.files', 'bench.embed'])
})

test('inputs and answers have the types of the schemas', () => {
  expectTypeOf(client.search).parameter(0).toHaveProperty('query')
  expectTypeOf<Awaited<ReturnType<typeof client.search>>['hits'][number]['similarity']>().toEqualTypeOf<number | null>()
  expectTypeOf<Awaited<ReturnType<typeof client.embeddings.get>>>().not.toBeAny()
  expectTypeOf(client.status).toBeCallableWith()
  // @ts-expect-error: a query is needed
  expectTypeOf(client.search).toBeCallableWith()
})

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const server: Server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
