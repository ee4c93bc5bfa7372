import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Attacked, startAttacked } from '../support/attacked.ts'
import { build } from '../support/cli.ts'

const DOCUMENTS = [
  {
    id: 'quoted',
    text: 'In c++ the "foo-bar" of a:b is NEAR nothing.',
    metadata: { "it's": 'O\'Hara "the" Great', year: 1 },
  },
  { id: 'secret', text: 'A secret of the vault.', metadata: { level: 9 } },
]

let attacked: Attacked
beforeAll(async () => {
  await build()
  attacked = await startAttacked()
  await call('add', { documents: DOCUMENTS, collection: 'odd' })
}, 300_000)
afterEach(() => attacked.assertGoesOn())
afterAll(() => attacked?.close())

function call(operation: string, input: unknown) {
  return attacked.send('POST', `/api/operations/${operation}`, JSON.stringify(input))
}

async function idsOf(input: object): Promise<string[]> {
  const { status, body } = await call('search', { collection: 'odd', ...input })
  expect({ status, error: body.error }).toEqual({ status: 200, error: undefined })
  return body.hits.map(({ documentId }: { documentId: string }) => documentId)
}

describe('a query is text, never syntax of FTS5', () => {
  test.each([
    ...[
      '"',
      '""',
      '"foo',
      '*',
      'foo*',
      '^foo',
      'NEAR(',
      'NEAR(foo bar, 2)',
      'AND',
      'OR',
      'NOT',
      'foo NOT',
      'foo AND',
      '(',
      ')',
      '((foo)',
    ],
    ...[
      'text:foo',
      '- foo',
      '{text}: foo',
      'text : "foo"',
      'foo + bar',
      'foo-bar',
      '-x',
      ':',
      '.',
      ',',
      '\\',
      "'",
      "''",
      '`',
      ';',
      '--',
      '/*',
    ],
    ...[
      "'; DROP TABLE documents; --",
      '" OR 1=1 --',
      "x' UNION SELECT * FROM keys --",
      'rank MATCH bm25(10)',
      'a\u0000b',
      '\ud800',
      '%',
      '_',
      '?',
      '?1',
      ':name',
      '@x',
      '$x',
    ],
  ])('%j is answered in every mode', async (query) => {
    for (const mode of ['hybrid', 'lexical', 'vector']) {
      const { status, body } = await call('search', { query, mode, collection: 'odd' })
      expect({ status, query: body.query, degraded: body.degraded }).toEqual({ status: 200, query, degraded: null })
    }
  })

  test('and finds what it says', async () => {
    for (const query of ['c++', '"foo-bar"', 'a:b', 'NEAR(nothing']) {
      expect((await idsOf({ query, mode: 'lexical' }))[0]).toBe('quoted')
    }
  })

  test.each(['\u0000', '\u200b', '\u0000\u200b'])('%j, which has nothing to read, is said so', async (query) => {
    const { status, body } = await call('search', { query })
    expect({ status, body }).toMatchObject({ status: 200, body: { degraded: { code: 'EMPTY_EMBEDDING' }, hits: [] } })
    expect(await call('search', { query, mode: 'vector' })).toMatchObject({ status: 422, code: 'EMPTY_EMBEDDING' })
  })

  test('ten thousand terms', async () => {
    const query = Array.from({ length: 10_000 }, (_, i) => `term${i}`).join(' ')
    expect((await call('search', { query, mode: 'lexical' })).status).toBe(200)
  })
})

describe('filters are data, never SQL', () => {
  test.each([
    ["a quote in the field's name", { "it's": 'O\'Hara "the" Great' }, ['quoted']],
    ['quotes in the value alone', { "it's": "O'Hara" }, []],
    ['SQL as a field', { "level') = 9 OR ('1' = '1": 9 }, []],
    ['SQL as a value', { level: "9' OR '1'='1" }, []],
    ['a statement', { "x'); DROP TABLE documents; --": 1 }, []],
    ['a JSON path', { '$[0].level': 9 }, null],
    ['a JSON path without its root', { 'level[0]': 9 }, []],
    ['a wildcard', { '*': 9 }, []],
    ['quotes that JSON paths have', { '"level"': 9 }, []],
    ['an empty name', { '': 9 }, []],
    ['dots alone', { '..': 9 }, []],
    ['NUL', { 'level\u0000': 9 }, []],
    ['LIKE in a value', { "it's": { $glob: '%' } }, []],
    ['a class of characters in a glob', { "it's": { $glob: '[A-Z]*' } }, []],
    ['a glob that tries everything', { "it's": { $glob: `${'*a'.repeat(400)}b` } }, []],
    ['a number as text', { level: '9' }, []],
    ['a huge number', { level: { $lt: 1e308 } }, ['secret']],
    ['a field of the prototype', { constructor: { $exists: false } }, ['quoted', 'secret']],
  ])('%s', async (_, filter, ids) => {
    const { status, code, body } = await call('search', { query: 'secret foo-bar', collection: 'odd', filter })
    if (ids === null) expect({ status, code }).toEqual({ status: 400, code: 'INVALID_INPUT' })
    else expect(body.hits.map(({ documentId }: { documentId: string }) => documentId).sort()).toEqual(ids)
  })

  test('what was stored is still there', async () => {
    expect((await call('collections.get', { name: 'odd' })).body).toMatchObject({ documents: 2 })
  })
})

describe('paths lead nowhere', () => {
  const ESCAPES = [
    '../secret',
    '..%2fsecret',
    '%2e%2e%2fsecret',
    '%2e%2e/secret',
    '..%5csecret',
    '%252e%252e%252fsecret',
    '....//secret',
    '%00',
    'a%00.html',
    '//etc/passwd',
    '%2fetc%2fpasswd',
    'C:%5cboot.ini',
    '%c0%ae%c0%ae/secret',
    '..;/secret',
  ]

  test.each(ESCAPES)('the page does not serve /%s', async (path) => {
    const answers = await Promise.all([raw(`/${path}`), raw(`/assets/${path}`), raw(`/docs/${path}`)])
    for (const came of answers) {
      expect(came).toMatch(/^HTTP\/1\.1 [234]\d\d /)
      expect(came).not.toMatch(/root:|SQLite format|"dependencies"/)
    }
  })

  test.each(ESCAPES)('no document is at …/documents/%s', async (path) => {
    const came = await raw(`/api/collections/odd/documents/${path}`)
    expect(came).toMatch(/^HTTP\/1\.1 (400|404|405) /)
  })

  test.each(['..', '../..', '/etc', '.', './models', '%2e%2e', 'C:\\Windows', 'a/../../etc', '\\\\server\\share'])(
    'the model %j is none for an address',
    async (model) => {
      const came = await raw(`/api/models/${encodeURIComponent(model)}`)
      expect(came).toMatch(/^HTTP\/1\.1 40[04] /)
    },
  )

  test('an id that looks like a path is an id', async () => {
    const id = '../../../etc/passwd'
    const place = `/api/collections/odd/documents/${encodeURIComponent(id)}`
    expect((await attacked.send('PUT', place, '{"text": "not yours"}')).status).toBeLessThan(300)
    expect((await attacked.send('GET', place)).body).toMatchObject({ id, path: null, text: 'not yours' })
    expect((await attacked.send('DELETE', place)).body).toEqual({ deleted: 1 })
  })

  test.each(['../a.md', '..\\a.md', '/a.md', 'a/../../b.md', 'C:/a.md', 'a\u0000.md', './a.md', 'a//b.md', '.', ''])(
    'a file of the name %j is not taken',
    async (name) => {
      const refused = await call('add.files', { files: [{ name, content: 'eA==' }] })
      expect(refused).toMatchObject({ status: 400, code: 'INVALID_INPUT', field: 'files.0.name' })
      const sent = await attacked.send('POST', `/api/collections/odd/files?name=${encodeURIComponent(name)}`, 'x', {
        'content-type': 'text/markdown',
      })
      expect(sent).toMatchObject({ status: 400, code: 'INVALID_INPUT' })
      expect(sent.field).toMatch(/name/)
      expect(existsSync(`/tmp/${name.replaceAll('\u0000', '')}.md`)).toBe(false)
    },
  )

  test('a stored file is found by its own path alone', async () => {
    for (const path of ['/etc/passwd', '/proc/self/environ', 'file:///etc/passwd', '\\\\?\\C:\\']) {
      expect(await call('get', { path })).toMatchObject({ status: 404, code: 'DOCUMENT_NOT_FOUND' })
    }
  })
})

describe('addresses lead nowhere either', () => {
  test('a request as to a proxy is not passed on', async () => {
    let asked = 0
    const victim = createServer(() => {
      asked++
    })
    await new Promise<void>((resolve) => victim.listen(0, '127.0.0.1', resolve))
    const { port } = victim.address() as { port: number }
    const came = await raw(`http://127.0.0.1:${port}/`)
    expect(came).toMatch(/^HTTP\/1\.1 [234]\d\d /)
    expect(asked).toBe(0)
    victim.close()
  })
})

/** A request whose address is sent as it is: `fetch` would tidy it. */
async function raw(path: string): Promise<string> {
  const { send, ended } = attacked.connect()
  send(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${attacked.port}\r\nconnection: close\r\n\r\n`)
  return ended
}

describe('an address that encodes no UTF-8', () => {
  test.each([
    ['GET', '/api/search?query=%ff', 'query'],
    ['GET', '/api/search/semantic?limit=1&q=%C3%28', 'q'],
    ['GET', '/api/collections/odd/documents/%ff', 'path'],
    ['POST', '/api/collections/odd/files?name=%ff.txt', 'name'],
  ])('%s %s is refused', async (method, path, field) => {
    const refused = await attacked.send(method, path, method === 'POST' ? 'abc' : undefined)
    expect(refused).toMatchObject({ status: 400, code: 'INVALID_INPUT', field })
  })
})
