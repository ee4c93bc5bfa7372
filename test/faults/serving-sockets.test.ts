import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Attacked, memoryComesBack, readRefusal, startAttacked } from '../support/attacked.ts'
import { build } from '../support/cli.ts'
import type { RawConnection } from '../support/serving.ts'

const SEARCH = '/api/operations/search'
const QUERY = JSON.stringify({ query: 'bread' })
const MEGABYTE = 2 ** 20
/** Megabytes that a server may have more after an attack than before: heaps grow a little by themselves. */
const ALLOWANCE = 64

let attacked: Attacked
beforeAll(async () => {
  await build()
  attacked = await startAttacked()
  for (let i = 0; i < 20; i++) await attacked.assertGoesOn()
}, 300_000)
afterEach(() => attacked.assertGoesOn(), 60_000)
afterAll(() => attacked?.close(), 60_000)

function head(method: string, path: string, ...headers: string[]): string {
  return [`${method} ${path} HTTP/1.1`, `host: 127.0.0.1:${attacked.port}`, ...headers, '', ''].join('\r\n')
}

const JSON_TYPE = 'content-type: application/json'

/** Sends one request as it is, and reads the answer until the connection is closed. */
async function exchange(text: string): Promise<ReturnType<typeof readRefusal>> {
  const connection = attacked.connect()
  connection.send(text)
  const came = await Promise.race([connection.ended, pause(30_000, 'NOT CLOSED')])
  connection.socket.destroy()
  return came === 'NOT CLOSED' ? Promise.reject(new Error('The connection stayed open')) : readRefusal(came)
}

describe('100 MB', () => {
  const chunk = Buffer.alloc(MEGABYTE, 0x20)
  /** Sends pieces until there are 100 MB or the other side has had enough; answers how many it took. */
  async function pour(connection: RawConnection, frame: (piece: Buffer) => Buffer | string): Promise<number> {
    let sent = 0
    while (sent < 100 && !connection.socket.destroyed && connection.socket.writable) {
      const isFull = !connection.socket.write(frame(chunk))
      sent++
      if (isFull)
        await Promise.race([new Promise((resolve) => connection.socket.once('drain', resolve)), connection.ended])
    }
    return sent
  }

  test('that say so are refused before any of it is read', async () => {
    attacked.forgetPeak()
    const before = attacked.memory()
    const connection = attacked.connect()
    connection.send(head('POST', SEARCH, JSON_TYPE, `content-length: ${100 * MEGABYTE}`, 'connection: close'))
    const came = await connection.until('BODY_TOO_LARGE')
    connection.socket.destroy()
    expect(readRefusal(came)).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE', field: 'body' })
    expect(attacked.memory()?.peak ?? 0).toBeLessThan((before?.now ?? 0) + ALLOWANCE)
  })

  test.each([
    ['/api/operations/search'],
    ['/api/search'],
    ['/rpc'],
    ['/mcp'],
    ['/v1/embeddings'],
    ['/api/collections/default/files?name=a.md'],
  ])('in chunks to %s are refused once they are too many, and not kept', { timeout: 120_000 }, async (path) => {
    attacked.forgetPeak()
    const before = attacked.memory()
    const connection = attacked.connect()
    const accept = 'accept: application/json, text/event-stream'
    connection.send(head('POST', path, JSON_TYPE, accept, 'transfer-encoding: chunked'))
    const poured = pour(connection, (piece) =>
      Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
    )
    const came = await Promise.race([connection.until('HTTP/1.1'), connection.ended])
    connection.socket.destroy()
    await poured
    expect(came).toMatch(/^HTTP\/1\.1 413 /)
    expect(attacked.memory()?.peak ?? 0).toBeLessThan((before?.now ?? 0) + 100)
    await memoryComesBack(attacked, before?.now ?? 0, ALLOWANCE)
  })

  test('after a length that promised less are another request, which is none', async () => {
    const connection = attacked.connect()
    connection.send(head('POST', SEARCH, JSON_TYPE, `content-length: ${QUERY.length}`))
    connection.send(QUERY)
    expect(readRefusal(await connection.until('timings'))).toMatchObject({ status: 200 })
    const poured = pour(connection, (piece) => piece.fill('x'))
    await connection.ended
    expect(await poured).toBeLessThan(100)
  })

  test('that never come are waited for no longer than a request may take', { timeout: 120_000 }, async () => {
    const impatient = await startAttacked({ SEMDEX_TIMEOUT_SECONDS: '2' })
    try {
      const connection = impatient.connect()
      connection.send(
        [`POST ${SEARCH} HTTP/1.1`, 'host: 127.0.0.1', JSON_TYPE, 'content-length: 100000', '', '{"query": '].join(
          '\r\n',
        ),
      )
      const dripping = setInterval(() => connection.socket.writable && connection.send(' '), 100)
      const came = await Promise.race([connection.until('TIMEOUT'), connection.ended])
      clearInterval(dripping)
      expect(readRefusal(came)).toMatchObject({ status: 408, code: 'TIMEOUT' })
      connection.socket.destroy()
      await impatient.assertGoesOn()
    } finally {
      await impatient.close()
    }
  })
})

describe('headers', () => {
  test('that come letter by letter are not waited for', { timeout: 60_000 }, async () => {
    const connections = Array.from({ length: 50 }, () => attacked.connect())
    for (const { send } of connections) send(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx`)
    const drip = setInterval(() => {
      for (const { socket } of connections) if (socket.writable) socket.write('x')
    }, 200)
    await attacked.assertGoesOn()
    const answers = await Promise.all(connections.map(({ ended }) => ended))
    clearInterval(drip)
    for (const came of answers) expect(readRefusal(came)).toMatchObject({ status: 408, code: 'TIMEOUT' })
  })

  test.each([
    ['a long one', () => head('GET', '/healthz', `x: ${'a'.repeat(20_000)}`)],
    [
      'a thousand',
      () => head('GET', '/healthz', ...Array.from({ length: 1_000 }, (_, i) => `x-${i}: ${'a'.repeat(50)}`)),
    ],
    ['a long address', () => head('GET', `/api/search?query=${'a'.repeat(20_000)}`)],
  ])('%s: 431', async (_, request) => {
    expect(await exchange(request())).toMatchObject({ status: 431, code: 'INVALID_INPUT' })
  })

  test.each([
    ['no host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', [400]],
    ['a line without a colon', () => head('GET', '/healthz', 'nonsense'), [400]],
    ['a space before the colon', () => head('GET', '/healthz', 'content-length : 5'), [400]],
    ['a line that goes on', () => head('GET', '/healthz', 'x: a', ' b: c'), [400]],
    ['NUL', () => head('GET', '/healthz', 'x: a\u0000b'), [400]],
    ['a version to come', 'GET / HTTP/9.9\r\nhost: a\r\n\r\n', [400, 505]],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', [400]],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
    ['nothing but line ends', '\r\n\r\n\r\n\r\nx\r\n', [400]],
  ])('with %s: refused', async (_, request, statuses) => {
    const refused = await exchange(typeof request === 'string' ? request : request())
    expect(statuses).toContain(refused?.status)
  })
})

describe('lengths that contradict each other', () => {
  const smuggled = `GET /api/operations HTTP/1.1\r\nhost: a\r\n\r\n`
  test.each([
    ['a length and chunks', ['content-length: 6', 'transfer-encoding: chunked'], `0\r\n\r\n${smuggled}`],
    ['chunks and a length', ['transfer-encoding: chunked', 'content-length: 4'], `5c\r\n${smuggled}\r\n0\r\n\r\n`],
    ['two lengths', ['content-length: 5', 'content-length: 6'], '{}    '],
    ['a length with a sign', ['content-length: +5'], '{}   '],
    ['a length below nothing', ['content-length: -1'], '{}'],
    ['a hexadecimal length', ['content-length: 0x2'], '{}'],
    ['two encodings', ['transfer-encoding: chunked, identity'], '0\r\n\r\n'],
    ['an encoding that nobody knows', ['transfer-encoding: xchunked'], '0\r\n\r\n'],
    ['a chunk that is no number', ['transfer-encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'],
    ['a chunk without end', ['transfer-encoding: chunked'], 'ffffffffffffffffff\r\n{}'],
    ['a lone line feed in a chunk', ['transfer-encoding: chunked'], '2\n{}\n0\n\n'],
  ])('%s: one 400, and the connection is closed', async (_, headers, body) => {
    const connection = attacked.connect()
    connection.send(head('POST', SEARCH, JSON_TYPE, ...headers))
    connection.send(body)
    const came = await connection.ended
    expect(came.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400'])
  })
})

describe('methods', () => {
  test.each(['PROPFIND', 'PURGE', 'LINK', 'MKCOL', 'PATCH', 'OPTIONS', 'DELETE'])(
    '%s where it is not taken',
    async (method) => {
      const refused = await attacked.send(method, SEARCH)
      expect(refused).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' })
    },
  )

  test.each(['BREW', 'get', 'G E T', ''])('%j is none', async (method) => {
    expect(await exchange(head(method, '/healthz'))).toMatchObject({ status: 400 })
  })

  test('CONNECT and TRACE open nothing', async () => {
    for (const method of ['CONNECT', 'TRACE']) {
      const refused = await exchange(head(method, '127.0.0.1:22', 'connection: close'))
      expect(refused?.status ?? 400).toBeGreaterThanOrEqual(400)
    }
  })
})

describe('clients that leave', () => {
  test('in the middle of the request', async () => {
    for (let i = 0; i < 200; i++) {
      const { socket, send } = attacked.connect()
      send(head('POST', SEARCH, JSON_TYPE, 'content-length: 1000') + QUERY.slice(0, i % 10))
      if (i % 20 === 0) await pause(5)
      socket.destroy()
    }
  })

  test('before the answer', { timeout: 60_000 }, async () => {
    const texts = JSON.stringify({ texts: Array.from({ length: 300 }, (_, i) => `${i} bread and ovens `.repeat(60)) })
    for (let i = 0; i < 8; i++) {
      const { socket, send } = attacked.connect()
      send(head('POST', '/api/operations/embed', JSON_TYPE, `content-length: ${texts.length}`) + texts)
      await pause(100)
      socket.destroy()
    }
    // What nobody waits for is not worked at: the next answer is not behind all of it.
    await attacked.assertGoesOn()
  })

  test('in the middle of the answer', async () => {
    for (let i = 0; i < 50; i++) {
      const { socket, send, until } = attacked.connect()
      send(head('GET', '/openapi.json'))
      await until('HTTP/1.1 200')
      socket.resetAndDestroy()
    }
  })

  test('without reading the answers', { timeout: 60_000 }, async () => {
    const before = attacked.memory()
    const many = Array.from({ length: 20 }, () => attacked.connect())
    for (const { socket, send } of many) {
      socket.pause()
      for (let i = 0; i < 200; i++) send(head('GET', '/openapi.json'))
    }
    await pause(2_000)
    await attacked.assertGoesOn()
    for (const { socket } of many) socket.destroy()
    await memoryComesBack(attacked, before?.now ?? 0, 2 * ALLOWANCE)
  })

  test('half-closed, they have left', async () => {
    const { socket, ended } = attacked.connect()
    socket.end(head('POST', SEARCH, JSON_TYPE, `content-length: ${QUERY.length}`, 'connection: close') + QUERY)
    expect(await ended).toBe('')
  })
})

describe('connections without number', () => {
  test('opened and left', { timeout: 120_000 }, async () => {
    const before = attacked.memory()
    for (let round = 0; round < 10; round++) {
      const many = Array.from({ length: 300 }, () => attacked.connect())
      await Promise.race([
        Promise.all(many.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve)))),
        pause(5_000),
      ])
      for (const { socket } of many) socket.destroy()
    }
    await memoryComesBack(attacked, before?.now ?? 0, ALLOWANCE)
  })

  test('kept open and silent: those beyond the most are closed, and room comes back', {
    timeout: 120_000,
  }, async () => {
    const many = Array.from({ length: 1_500 }, () => attacked.connect())
    await pause(3_000)
    const open = many.filter(({ socket }) => !socket.destroyed && socket.readyState === 'open').length
    expect(open).toBeGreaterThan(500)
    expect(open).toBeLessThanOrEqual(1_000)
    for (const { socket } of many) socket.destroy()
    await pause(500)
    await attacked.assertGoesOn()
  })

  test('requests behind one another on one connection are answered in order', async () => {
    const connection = attacked.connect()
    const paths = ['/healthz', '/nowhere', '/healthz', '/api/nowhere']
    connection.send(paths.map((path, i) => head('GET', path, ...(i === 3 ? ['connection: close'] : []))).join(''))
    expect((await connection.ended).match(/HTTP\/1\.1 \d+/g)).toEqual(
      [200, 404, 200, 404].map((status) => `HTTP/1.1 ${status}`),
    )
  })
})
