import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServed, type Served } from '../../support/served.ts'

let served: Served
beforeAll(() => {
  served = openServed({ embeddings: false, maxFileBytes: 2_000 })
})
afterAll(() => served.close())

const FILES = '/api/collections/dropped/files'
const MARKDOWN = '---\nauthor: Ann\n---\n# Bread\n\nKnead the dough.\n'

async function form(parts: [field: string, value: string | Uint8Array, name?: string][], path = FILES) {
  const data = new FormData()
  for (const [field, value, name] of parts) {
    if (typeof value === 'string') data.append(field, value)
    else data.append(field, new File([value as Uint8Array<ArrayBuffer>], name ?? ''))
  }
  const response = await served.fetch(path, { method: 'POST', body: data })
  // biome-ignore lint/suspicious/noExplicitAny: what it answers is what the tests look at.
  return { status: response.status, body: (await response.json()) as any }
}

const bytes = (text: string) => new TextEncoder().encode(text)

test('a form of files is read as files on disk are, each with its own result', async () => {
  const { status, body } = await form([
    ['file', bytes(MARKDOWN), 'recipes/bread.md'],
    ['file', bytes('fn main() {}\n'), 'main.rs'],
    ['file', Uint8Array.of(0x89, 0x50, 0x00, 0x01), 'picture.png'],
    ['other', bytes('x'.repeat(2_001)), 'large.txt'],
    ['file', bytes('Umlaute: \u00e4\u00f6\u00fc'), 'tee & \u00e4.txt'],
  ])
  expect(status).toBe(200)
  expect(body).toMatchObject({ collection: 'dropped', added: 3, failed: 2 })
  expect(
    body.results.map(({ id, ok, error }: never) => [id, ok, (error as { code: string } | undefined)?.code]),
  ).toEqual([
    ['recipes/bread.md', true, undefined],
    ['main.rs', true, undefined],
    ['picture.png', false, 'FILE_BINARY'],
    ['large.txt', false, 'FILE_TOO_LARGE'],
    ['tee & \u00e4.txt', true, undefined],
  ])
  const path = `/api/collections/dropped/documents/${encodeURIComponent('recipes/bread.md')}`
  expect((await served.request('GET', path)).body).toMatchObject({ title: 'Bread', metadata: { author: 'Ann' } })
  const { body: found } = await served.request('POST', '/api/search', { query: 'dough', mode: 'lexical' })
  expect(found.hits[0]).toMatchObject({ documentId: 'recipes/bread.md', path: null })
})

test('a file as the body, and files in JSON', async () => {
  const raw = await served.request('POST', `${FILES}?name=data/a.json`, '{"a": 1}', {
    'content-type': 'application/json',
  })
  expect(raw).toMatchObject({ status: 200, body: { results: [{ ok: true, id: 'data/a.json' }] } })
  const content = Buffer.from('plain').toString('base64')
  const json = await served.request('POST', FILES, { files: [{ name: 'b.txt', content }], ifExists: 'fail' })
  expect(json).toMatchObject({ status: 200, body: { added: 1 } })
  const again = await served.request('POST', FILES, { files: [{ name: 'b.txt', content }], ifExists: 'fail' })
  expect(again.body.results).toMatchObject([{ ok: false, id: 'b.txt', error: { code: 'DOCUMENT_EXISTS' } }])
  const form_ = await form([
    ['ifExists', 'fail'],
    ['file', bytes('other'), 'b.txt'],
  ])
  expect(form_.body.results).toMatchObject([{ ok: false, error: { code: 'DOCUMENT_EXISTS' } }])
})

describe('a name that leaves its place is refused', () => {
  test.each([
    '../a.md',
    'a/../b.md',
    '..',
    '.',
    './a.md',
    '/etc/passwd',
    'C:/a.md',
    'C:a.md',
    'a\\b.md',
    '..\\a.md',
    'a\0.md',
    'a\nb.md',
    'a//b.md',
    'a/',
    '',
  ])('%j', async (name) => {
    const content = Buffer.from('x').toString('base64')
    const files = [
      { name: 'good.md', content },
      { name, content },
    ]
    const answer = await served.request('POST', '/api/collections/refused/files', { files })
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: 'INVALID_INPUT', details: { field: 'files.1.name' } } },
    })
    const { body } = await served.request('GET', '/api/collections')
    expect(body.collections.map((each: { name: string }) => each.name)).not.toContain('refused')
  })

  test('in a form and as a query, too', async () => {
    const refused = { error: { code: 'INVALID_INPUT', details: { field: 'files.0.name' } } }
    expect(await form([['file', bytes('x'), '../x.md']])).toMatchObject({ status: 400, body: refused })
    const raw = await served.request('POST', `${FILES}?name=..%2Fx.md`, 'x', { 'content-type': 'text/plain' })
    expect(raw).toMatchObject({ status: 400, body: refused })
  })
})

test.each([
  ['no base64', { files: [{ name: 'a', content: 'a b' }] }, 'files.0.content'],
  ['an unknown field', { files: [], fils: 1 }, 'fils'],
  ['no files', {}, 'files'],
])('%s is refused', async (_, input, field) => {
  const { status, body } = await served.request('POST', FILES, input)
  expect([status, body.error.code, body.error.details.field]).toEqual([400, 'INVALID_INPUT', field])
})

test('a broken form, and another field in one', async () => {
  const type = { 'content-type': 'multipart/form-data; boundary=x' }
  const broken = await served.request('POST', FILES, '--x\r\nnonsense', type)
  expect(broken).toMatchObject({ status: 400, body: { error: { code: 'INVALID_INPUT', details: { field: 'body' } } } })
  const other = await form([['modle', 'a']])
  expect(other).toMatchObject({ status: 400, body: { error: { details: { field: 'modle' } } } })
})
