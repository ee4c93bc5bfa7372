import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROUTES } from '../../src/interfaces/http/routes/table.ts'
import { OPERATION_NAMES } from '../../src/interfaces/wire/operations.ts'
import { type Attacked, startAttacked } from '../support/attacked.ts'
import { build } from '../support/cli.ts'

/** Those that take long by themselves, whatever they are sent. */
const SLOW = /bench|doctor|eval|pull|events/
const BY_NAME = OPERATION_NAMES.map((name) => ['POST', `/api/operations/${name}`] as const)
const OTHERS = [
  ['POST', '/rpc'],
  ['POST', '/mcp'],
  ['POST', '/v1/embeddings'],
  ['GET', '/v1/models'],
  ['POST', '/v1/rerank'],
  ['POST', '/v2/rerank'],
  ['POST', '/api/embeddings/generate'],
  ['POST', '/api/embeddings/batch'],
  ['GET', '/api/embeddings/x'],
  ['POST', '/api/search/semantic'],
  ['POST', '/api/jobs'],
  ['POST', '/api/index'],
  ['POST', '/api/collections/default/documents/bulk'],
  ['POST', '/api/collections/default/files'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
  ['GET', '/metrics'],
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/'],
] as const
const TARGETS = [...ROUTES.map(({ method, path }) => [method, path] as const), ...BY_NAME, ...OTHERS].filter(
  ([, path]) => !SLOW.test(path),
)

const TYPES = [
  'application/json',
  'application/x-ndjson',
  'application/octet-stream',
  'multipart/form-data; boundary=x',
  'text/markdown',
  'nonsense',
]

let attacked: Attacked
beforeAll(async () => {
  await build()
  attacked = await startAttacked({ SEMDEX_OFFLINE: 'on' })
  const documents = [{ id: 'x', text: 'May go.' }]
  await attacked.send('POST', '/api/operations/add', JSON.stringify({ documents, collection: 'other' }))
}, 300_000)
afterAll(() => attacked?.close())

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  fc
    .json()
    .map((text) =>
      Buffer.from(`--x\r\ncontent-disposition: form-data; name="file"; filename="a.md"\r\n\r\n${text}\r\n--x--`),
    ),
  fc.dictionary(fieldName(), fc.jsonValue({ maxDepth: 3 })).map((value) => Buffer.from(JSON.stringify(value))),
)

/** Names that operations know, so that more than the first check is reached. */
function fieldName() {
  const known = [
    'query',
    'texts',
    'text',
    'id',
    'ids',
    'documents',
    'collection',
    'name',
    'limit',
    'filter',
    'model',
    'input',
  ]
  return fc.oneof(fc.constantFrom(...known, '__proto__', 'jsonrpc', 'method', 'params'), fc.string())
}

const segment = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme' }).map(encodeURIComponent),
  fc.constantFrom('other', 'x', '..', '%', '%ff'),
)

test('whatever bytes are sent to whatever address, the server says what is wrong and goes on', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...TARGETS),
      bytes,
      fc.constantFrom(...TYPES),
      segment,
      fc.option(fc.string().map(encodeURIComponent)),
      async ([method, pattern], body, type, part, query) => {
        const path = pattern.replace(/:\w+/g, () => part) + (query === null ? '' : `?query=${query}`)
        const sent = method === 'GET' ? undefined : body
        const { status, code, body: answer } = await attacked.send(method, path, sent, { 'content-type': type })
        const what = JSON.stringify({ method, path, status, answer }).slice(0, 500)
        expect(status === 503 || status < 500, what).toBe(true)
        if (status >= 400 && /^\/api/.test(path)) expect(code, what).toMatch(/^[A-Z_]+$/)
      },
    ),
    { numRuns: Number(process.env.SEMDEX_TEST_RUNS ?? 1_500), endOnFailure: true },
  )
  await attacked.assertGoesOn()
})

test('whatever bytes are no HTTP, the server goes on', { timeout: 300_000 }, async () => {
  const line = fc.oneof(
    fc.constantFrom(
      'GET / HTTP/1.1',
      'POST /rpc HTTP/1.1',
      'host: 127.0.0.1',
      'transfer-encoding: chunked',
      'content-length: 5',
      'expect: 100-continue',
      'upgrade: websocket',
      'connection: upgrade',
      '',
    ),
    fc.string({ maxLength: 60, unit: 'binary' }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
      const { socket, ended } = attacked.connect()
      socket.end(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
      expect(await ended).not.toMatch(/^HTTP\/1\.1 5(?!0[135])/)
    }),
    { numRuns: 300 },
  )
  await attacked.assertGoesOn()
})
