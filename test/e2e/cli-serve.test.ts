import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'

let user: User
let running: ChildProcess[] = []
beforeAll(build, 300_000)
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running = []
  user.remove()
})

interface Started {
  child: ChildProcess
  url: string
  /** What it wrote to stderr so far. */
  stderr: () => string
  ended: Promise<{ status: number | null; signal: string | null }>
}

async function start(...args: string[]): Promise<Started> {
  const child = user.start(['serve', '--json', '--port', '0', ...args])
  running.push(child)
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = once(child, 'exit').then(([status, signal]) => ({ status, signal }))
  const line = await Promise.race([
    once(child.stdout as NonNullable<typeof child.stdout>, 'data').then(([data]) => String(data)),
    ended.then(({ status }) => Promise.reject(new Error(`It ended with ${status}: ${stderr}`))),
  ])
  return { child, url: (JSON.parse(line) as { url: string }).url, stderr: () => stderr, ended }
}

function post(url: string, operation: string, input: unknown, headers: Record<string, string> = {}) {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(input),
  }
  return fetch(`${url}/api/operations/${operation}`, init)
}

describe('SIGTERM and SIGINT', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s under writes loses nothing that was acknowledged',
    async (signal) => {
      user = newUser({ SEMDEX_EMBEDDINGS: 'off', SEMDEX_SERVER_LOG: 'off' })
      const { url, child, ended } = await start()
      const acknowledged: string[] = []
      let refused = 0
      const write = async (writer: number) => {
        for (let i = 0; i < 10_000; i++) {
          const id = `${writer}-${i}`
          const documents = [{ id, text: `document ${id} has words of its own` }]
          const answer = await post(url, 'add', { documents }).catch(() => null)
          if (answer?.status !== 200) {
            refused++
            return
          }
          await answer.json()
          acknowledged.push(id)
        }
      }
      const writers = Array.from({ length: 8 }, (_, writer) => write(writer))
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(40), { timeout: 60_000 })
      child.kill(signal)
      expect(await ended).toEqual({ status: 0, signal: null })
      await Promise.all(writers)
      expect(refused).toBe(8)
      const stored = new Set<string>()
      for (let cursor: string | undefined; ; ) {
        const args = ['documents', '--limit', '1000', ...(cursor ? ['--cursor', cursor] : [])]
        const page = await user.json(args)
        for (const { id } of page.documents) stored.add(id)
        if (!page.cursor) break
        cursor = page.cursor
      }
      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
      // What was written but not acknowledged any more: one for each writer at most.
      expect(stored.size).toBeLessThanOrEqual(acknowledged.length + 8)
      const { checks } = JSON.parse((await user.semdex(['--json', 'doctor'])).stdout)
      expect(checks.find(({ name }: { name: string }) => name === 'database')).toMatchObject({
        message: expect.stringContaining(`${stored.size} documents in 1 collection, `),
      })
    },
    180_000,
  )

  test('a second one ends it at once', async () => {
    user = newUser({ SEMDEX_EMBEDDINGS: 'off', SEMDEX_SERVER_LOG: 'off', SEMDEX_SHUTDOWN_SECONDS: '600' })
    const { url, child, ended } = await start()
    const { port } = new URL(url)
    const { connect } = await import('node:net')
    const held = connect(Number(port), '127.0.0.1')
    held.on('error', () => undefined)
    held.write(
      'POST /api/operations/search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    )
    await vi.waitFor(async () => {
      const figures = await (await fetch(`${url}/metrics`)).text()
      expect(figures).toContain('semdex_http_requests_in_work 2')
    }, 30_000)
    child.kill('SIGTERM')
    await vi.waitFor(() => expect(fetch(`${url}/healthz`)).rejects.toThrow(), 30_000)
    child.kill('SIGTERM')
    expect(await ended).toEqual({ status: null, signal: 'SIGKILL' })
    held.destroy()
  }, 120_000)
})

describe('keys', () => {
  test('are made, listed and revoked from the command line, and a running server follows', async () => {
    user = newUser({ SEMDEX_EMBEDDINGS: 'off', SEMDEX_SERVER_LOG: 'off' })
    expect((await user.semdex(['keys'])).stdout).toMatch(/^There are no keys/)
    const { url } = await start()
    expect((await post(url, 'collections', {})).status).toBe(200)
    const { stdout } = await user.semdex(['keys', 'create', 'my site'])
    const [, key = '', id = ''] = /^(semdex_([a-z0-9]+)_[\w-]{43})\n\n.*my site of the scope read/.exec(stdout) ?? []
    await vi.waitFor(async () => expect((await post(url, 'collections', {})).status).toBe(401), 10_000)
    const bearer = { authorization: `Bearer ${key}` }
    expect((await post(url, 'collections', {}, bearer)).status).toBe(200)
    expect((await post(url, 'keys', {}, bearer)).status).toBe(403)
    const list = await user.semdex(['keys'])
    expect(list.stdout).toMatch(new RegExp(`^${id} +my site +read +live `, 'm'))
    expect(list.stdout).not.toContain(key.slice(-43))
    expect((await user.semdex(['keys', 'revoke', id])).stdout).toBe(`Revoked the key ${id} (my site).\n`)
    await vi.waitFor(async () => expect((await post(url, 'collections', {}, bearer)).status).toBe(401), 10_000)
    expect(await user.semdex(['keys', 'revoke', 'none'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('semdex keys'),
    })
    expect((await user.semdex(['keys', 'create', 'x', '--scope', 'all'])).status).toBe(2)
  }, 120_000)

  test('without one the server does not listen for others', async () => {
    user = newUser({ SEMDEX_EMBEDDINGS: 'off' })
    const { status, stdout, stderr } = await user.semdex(['serve', '--port', '0', '--host', '0.0.0.0'])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain('semdex keys create')
    await user.json(['keys', 'create', 'one', '--days', '1'])
    const { url } = await start('--host', '0.0.0.0')
    const { port } = new URL(url)
    expect((await post(`http://127.0.0.1:${port}`, 'collections', {})).status).toBe(401)
  }, 120_000)
})

test('as it is installed it logs, measures and traces, and warms up by itself', async () => {
  const bodies: string[] = []
  const collector = createServer(async (request, response) => {
    for await (const chunk of request) bodies.push(String(chunk))
    response.end('{}')
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
  user = newUser({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, SEMDEX_RATE_LIMIT: '1000' })
  const { url, child, stderr, ended } = await start()
  await vi.waitFor(
    async () => expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready', embeddings: 'ready' }),
    60_000,
  )
  const answer = await post(url, 'embed', { texts: ['secret words'] })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('ratelimit-limit')).toBe('1000')
  const figures = await vi.waitFor(async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toMatch(/^nodejs_eventloop_lag_mean_seconds \d/m)
    return text
  }, 10_000)
  expect(figures).toContain('route="/readyz",status="200"')
  expect(figures).toMatch(/^semdex_embedding_texts_total\{model="all-MiniLM-L6-v2"\} \d+$/m)
  child.kill('SIGTERM')
  expect(await ended).toEqual({ status: 0, signal: null })
  const lines = stderr()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  expect(lines).toContainEqual(expect.objectContaining({ method: 'POST', route: '/api/operations/:name', status: 200 }))
  expect(stderr()).not.toContain('secret words')
  expect(bodies.join('')).toContain('"POST /api/operations/:name"')
  await new Promise((resolve) => collector.close(resolve))
}, 180_000)
