import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ROUTES } from '../../../src/interfaces/http/routes/table.ts'
import { openServed, type Served } from '../../support/served.ts'

let served: Served
beforeAll(() => {
  served = openServed({ embeddings: false })
})
afterAll(() => served.close())

const DOCUMENTS = '/api/collections/notes/documents'
const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  served.request(method, path, body, headers)

beforeEach(async () => {
  await call('DELETE', '/api/collections/notes')
  const documents = [
    { id: 'bread', text: 'Knead the dough.\nBake it.\n', metadata: { lang: 'en', year: 2020 } },
    { id: '/a/b c.md', text: 'Boil the onions.', metadata: { lang: 'de', year: 2021 } },
  ]
  expect(await call('PUT', DOCUMENTS, { documents })).toMatchObject({ status: 200, body: { added: 2 } })
})

describe('a collection', () => {
  test('is made, listed, shown and dropped', async () => {
    expect(await call('POST', '/api/collections', { name: 'new' })).toMatchObject({
      status: 201,
      body: { name: 'new', model: 'all-MiniLM-L6-v2', dimensions: 384 },
    })
    expect(await call('POST', '/api/collections', { name: 'new' })).toMatchObject({
      status: 409,
      body: { error: { code: 'COLLECTION_EXISTS' } },
    })
    const { body } = await call('GET', '/api/collections')
    expect(body.collections.map(({ name }: { name: string }) => name)).toEqual(['new', 'notes'])
    expect(await call('GET', '/api/collections/notes')).toMatchObject({ status: 200, body: { documents: 2 } })
    expect(await call('DELETE', '/api/collections/new')).toMatchObject({ status: 200, body: { name: 'new' } })
    expect(await call('GET', '/api/collections/new')).toMatchObject({
      status: 404,
      body: { error: { code: 'COLLECTION_NOT_FOUND' } },
    })
  })

  test('refuses a name that is none', async () => {
    const refused = await call('GET', '/api/collections/%2e%2e%2fetc')
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: 'INVALID_INPUT', details: { field: 'name' } } },
    })
  })
})

describe('documents', () => {
  const ids = (body: { documents: { id: string }[] }) => body.documents.map(({ id }) => id)

  test('are listed by a query string: numbers, switches and filters as their schema says', async () => {
    const first = await call('GET', `${DOCUMENTS}?limit=1`)
    expect([first.status, ids(first.body), first.body.cursor]).toEqual([200, ['bread'], expect.any(String)])
    const second = await call('GET', `${DOCUMENTS}?limit=1&cursor=${first.body.cursor}&text=true`)
    expect(second.body).toMatchObject({ documents: [{ id: '/a/b c.md', text: 'Boil the onions.' }], cursor: null })
    const filter = encodeURIComponent('{"year": {"$lt": 2021}}')
    expect(ids((await call('GET', `${DOCUMENTS}?filter=${filter}`)).body)).toEqual(['bread'])
  })

  test('one is put, shown and deleted by an address with its id, whatever is in it', async () => {
    const path = `${DOCUMENTS}/${encodeURIComponent('/x/ä?#%.md')}`
    const put = await call('PUT', path, { text: 'one\ntwo\nthree\n', title: 'X' })
    expect(put).toMatchObject({ status: 200, body: { results: [{ ok: true, id: '/x/ä?#%.md', chunks: 1 }] } })
    expect(await call('GET', path)).toMatchObject({
      status: 200,
      body: { id: '/x/ä?#%.md', title: 'X', lines: [1, 3] },
    })
    const lines = await call('GET', `${path}?lines=2&lines=3`)
    expect(lines.body).toMatchObject({ text: 'two\nthree\n', lines: [2, 3] })
    expect(await call('DELETE', path)).toMatchObject({ status: 200, body: { deleted: 1 } })
    expect(await call('DELETE', path)).toMatchObject({ status: 200, body: { deleted: 0 } })
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { error: { code: 'DOCUMENT_NOT_FOUND' } } })
  })

  test('are added only where they are new, if that is asked for', async () => {
    const body = { documents: [{ id: 'bread', text: 'new' }], ifExists: 'fail' }
    const answer = await call('POST', DOCUMENTS, body)
    expect(answer).toMatchObject({ status: 200, body: { added: 0, results: [{ error: { code: 'DOCUMENT_EXISTS' } }] } })
    expect((await call('GET', `${DOCUMENTS}/bread`)).body.text).toContain('dough')
    expect(await call('POST', DOCUMENTS, { documents: body.documents })).toMatchObject({ body: { added: 1 } })
    expect((await call('GET', `${DOCUMENTS}/bread`)).body.text).toBe('new')
  })

  test('are deleted by filter, and all of them only on purpose', async () => {
    const remove = (body: object) => call('POST', `${DOCUMENTS}/delete`, body)
    expect(await remove({ filter: {} })).toMatchObject({
      status: 400,
      body: { error: { details: { field: 'filter' } } },
    })
    expect(await remove({ filter: { lang: 'de' } })).toMatchObject({ status: 200, body: { deleted: 1 } })
    expect(await remove({ all: true })).toMatchObject({ status: 200, body: { deleted: 1 } })
  })

  test('by path, by chunk or in any collection are found by /api/document', async () => {
    const { body } = await call('POST', '/api/search', { query: 'onions', mode: 'lexical' })
    const [{ chunkId }] = body.hits
    expect((await call('GET', `/api/document?chunkId=${chunkId}`)).body.id).toBe('/a/b c.md')
    expect((await call('GET', '/api/document?id=bread')).body.collection).toBe('notes')
    expect(await call('GET', '/api/document')).toMatchObject({ status: 400 })
  })
})

test('search answers alike by query string and by body', async () => {
  const byQuery = await call('GET', '/api/search?query=dough&mode=lexical&limit=5&explain=true&collection=notes')
  const byBody = await call('POST', '/api/search', {
    ...{ query: 'dough', mode: 'lexical', limit: 5, explain: true, collection: 'notes' },
  })
  expect(byQuery.body.hits).toEqual(byBody.body.hits)
  expect(byBody.body.hits).toMatchObject([{ documentId: 'bread', explanation: {} }])
})

describe('an input is refused', () => {
  test.each([
    ['a field that there is not', 'GET', '/api/search?query=a&lmit=3', undefined, 'lmit'],
    ['a number that is none', 'GET', '/api/search?query=a&limit=ten', undefined, 'limit'],
    ['an empty number', 'GET', '/api/search?query=a&limit=', undefined, 'limit'],
    ['a number that JSON would not write', 'GET', '/api/search?query=a&limit=0x10', undefined, 'limit'],
    ['a switch that is none', 'GET', '/api/search?query=a&explain=yes', undefined, 'explain'],
    ['broken JSON', 'GET', '/api/search?query=a&filter={', undefined, 'filter'],
    ['a field twice', 'GET', '/api/search?query=a&query=b', undefined, 'query'],
    ['half a range', 'GET', `${DOCUMENTS}/bread?lines=2`, undefined, 'lines.1'],
    ['what path and body both say', 'POST', DOCUMENTS, { documents: [], collection: 'other' }, 'collection'],
    ['what query and body both say', 'POST', '/api/search?limit=2', { query: 'a', limit: 2 }, 'limit'],
    ['what the route says itself', 'PUT', DOCUMENTS, { documents: [], ifExists: 'fail' }, 'ifExists'],
    ['an id that the path says', 'PUT', `${DOCUMENTS}/a`, { id: 'a', text: 'x' }, 'id'],
    ['a list as the body', 'POST', '/api/search', ['a'], 'body'],
    ['a list as the document', 'PUT', `${DOCUMENTS}/a`, ['a'], 'body'],
    ['ids beside the one of the path', 'DELETE', `${DOCUMENTS}/a?ids=b`, undefined, 'ids'],
  ])('%s', async (_, method, path, body, field) => {
    const { status, body: answer } = await call(method, path, body)
    expect({ status, code: answer.error.code, field: answer.error.details.field }).toEqual({
      ...{ status: 400, code: 'INVALID_INPUT', field },
    })
  })

  test.each(['..%2f..%2fetc', '%2Ftmp%2Fmodel', 'a%5Cb'])('the path of a folder as a model: %s', async (model) => {
    for (const method of ['GET', 'DELETE']) {
      const { status, body } = await call(method, `/api/models/${model}`)
      expect([status, body.error.code]).toEqual([404, 'MODEL_UNKNOWN'])
    }
  })
})

describe('methods', () => {
  test('HEAD is GET without the body', async () => {
    const head = await call('HEAD', '/api/collections/notes')
    expect([head.status, head.headers.get('content-type'), head.body]).toEqual([200, 'application/json', ''])
  })

  test.each([
    ['PUT', '/api/collections/notes', 'HEAD, GET, PATCH, DELETE'],
    ['DELETE', '/api/search', 'HEAD, GET, POST'],
    ['GET', '/api/operations/search', 'POST'],
    ['POST', '/healthz', 'HEAD, GET'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
    const { status, headers, body } = await call(method, path, method === 'GET' ? undefined : {})
    expect([status, headers.get('allow'), body.error.code]).toEqual([405, allow, 'METHOD_NOT_ALLOWED'])
  })

  test('of a path that nothing answers are none: 404', async () => {
    expect(await call('GET', '/api/nowhere')).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } })
    expect(await call('GET', '/api/collections/')).toMatchObject({ status: 404 })
  })
})

test('models are shown by their names, dots included', async () => {
  expect((await call('GET', '/api/models/bge-small-en-v1.5')).body).toMatchObject({ name: 'bge-small-en-v1.5' })
  expect((await call('GET', '/api/models')).body.models.length).toBeGreaterThan(5)
})

test('no route is in the table twice', () => {
  const named = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':')}`)
  expect(new Set(named).size).toBe(named.length)
})
