import { request } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectTo, type Serving, startServing } from '../support/serving.ts'

const PATIENCE = 120_000
const PATH = '/api/collections/notes/documents/bulk'

let serving: Serving
beforeEach(async () => {
  serving = await startServing({ embeddings: false, shutdownSeconds: 600 })
})
afterEach(() => serving.close())

const line = (n: number) => `${JSON.stringify({ id: `${n}`, text: `number ${n}` })}\n`

/** A request that stays open; lines are sent with `send`, answers come in `answers`. */
function open(headers: Record<string, string> = {}) {
  const answers: { line?: number; id?: string; ok?: boolean; done?: boolean; error?: { code: string } }[] = []
  const sent = request(`${serving.url}${PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  })
  sent.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => {
    sent.on('close', resolve)
    sent.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const lines = text.split('\n')
        text = lines.pop() ?? ''
        answers.push(...lines.map((each) => JSON.parse(each)))
      })
      response.on('error', () => undefined)
    })
  })
  return { sent, answers, ended }
}

async function stored(): Promise<number> {
  const response = await fetch(`${serving.url}/api/status`)
  return ((await response.json()) as { documents: number }).documents
}

test('lines are answered while more are sent', { timeout: PATIENCE }, async () => {
  const { sent, answers, ended } = open()
  for (let n = 0; n < 3; n++) {
    sent.write(line(n))
    await expect.poll(() => answers.length, { timeout: 20_000 }).toBe(n + 1)
    expect(answers[n]).toMatchObject({ line: n + 1, id: `${n}`, ok: true })
  }
  sent.end()
  await ended
  expect(answers.at(-1)).toMatchObject({ done: true, lines: 3, added: 3 })
})

test('a client that leaves stops the rest; what was acknowledged stays', { timeout: PATIENCE }, async () => {
  const { sent, answers, ended } = open()
  let n = 0
  const more = () => {
    while (n < 100_000 && sent.write(line(n++)));
  }
  sent.on('drain', more)
  more()
  await expect.poll(() => answers.length, { timeout: 20_000 }).toBeGreaterThan(500)
  sent.destroy()
  await ended
  const acknowledged = answers.filter(({ ok }) => ok).length
  const isStill = async () => {
    const before = await stored()
    await new Promise((resolve) => setTimeout(resolve, 500))
    return (await stored()) === before
  }
  await expect.poll(isStill, { timeout: 30_000 }).toBe(true)
  const left = await stored()
  expect(left).toBeGreaterThanOrEqual(acknowledged)
  expect(left).toBeLessThan(100_000)
})

test('a client that does not read its answers is not read on either', { timeout: PATIENCE }, async () => {
  const client = connectTo(serving)
  client.socket.pause()
  client.send(
    `POST ${PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n`,
  )
  const bad = '{"id":"'.repeat(2)
  const lines = `${bad}\n`.repeat(2_000)
  let written = 0
  for (let n = 0; n < 4_000; n++) {
    const accepted = client.socket.write(`${lines.length.toString(16)}\r\n${lines}\r\n`)
    written += lines.length
    if (accepted) continue
    const drained = await Promise.race([
      new Promise((resolve) => client.socket.once('drain', () => resolve(true))),
      new Promise((resolve) => setTimeout(() => resolve(false), 2_000)),
    ])
    if (!drained) break
  }
  expect(written).toBeLessThan(4_000 * lines.length)
  client.socket.destroy()
  expect(await stored()).toBe(0)
})

test('a server that ends finishes the batch, and says what it has not read', { timeout: PATIENCE }, async () => {
  const { sent, answers, ended } = open()
  for (let n = 0; n < 5; n++) sent.write(line(n))
  await expect.poll(() => answers.length, { timeout: 20_000 }).toBe(5)
  const stopped = serving.stop()
  await ended
  await stopped
  expect(answers.at(-1)).toMatchObject({ done: false, added: 5, error: { code: 'SERVER_CLOSING' } })
})

test('a body that ends in the middle of a line', { timeout: PATIENCE }, async () => {
  const { sent, answers, ended } = open()
  sent.end(`${line(1)}{"id":"2","te`)
  await ended
  expect(answers).toMatchObject([
    { line: 1, ok: true },
    { line: 2, ok: false, error: { code: 'INVALID_INPUT' } },
    { done: true, added: 1, failed: 1 },
  ])
})

test('what is refused is answered before the body has come', { timeout: PATIENCE }, async () => {
  const client = connectTo(serving)
  client.send(
    `POST ${PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`,
  )
  expect(await client.until('MEDIA_TYPE_UNSUPPORTED')).toContain('HTTP/1.1 415')
  client.socket.destroy()
})
