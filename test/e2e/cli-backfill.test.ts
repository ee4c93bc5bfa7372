import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'

const OFF = { env: { SEMDEX_EMBEDDINGS: 'off' } }

let user: User
beforeAll(build, 300_000)
beforeEach(() => {
  user = newUser()
})
afterEach(() => user.remove())

const files = (from: number, to: number) =>
  Object.fromEntries(
    Array.from({ length: to - from }, (_, i) => [
      `docs/n${from + i}.md`,
      `# Note ${from + i}\n\nIt is about moon ${from + i}.\n`,
    ]),
  )

test('five of five, then two of two new ones, then none', async () => {
  user.write(files(0, 5))
  await user.json(['index', 'docs'], OFF)
  expect(await user.json(['backfill'])).toMatchObject({ filled: 5, embedded: 5, failed: 0, waiting: 0 })
  user.write(files(5, 7))
  await user.json(['index', 'docs'], OFF)
  const { stdout, status } = await user.semdex(['backfill'])
  expect({ stdout, status }).toEqual({ stdout: '2 passages got their vectors.\n', status: 0 })
  expect(await user.json(['backfill'])).toMatchObject({ filled: 0, embedded: 0, waiting: 0 })
  expect((await user.json(['search', 'a moon', '--mode', 'vector', '--no-index'])).hits).toHaveLength(7)
}, 120_000)

test('without a model everything is stored and found, and the backfill says why it embeds nothing', async () => {
  user.write(files(0, 2))
  await user.json(['index', 'docs'], OFF)
  expect((await user.json(['search', 'moon', '--no-index'], OFF)).hits).toHaveLength(2)
  const { status, stderr } = await user.semdex(['--json', 'backfill'], OFF)
  expect(status).toBe(5)
  expect(JSON.parse(stderr).error).toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' })
  const { stdout } = await user.semdex(['status'])
  expect(stdout).toContain('2 passages of docs wait for their vectors (semdex backfill)')
}, 120_000)

test('killed again and again it goes on where it was, and fills each passage once', async () => {
  user.write(files(0, 600))
  await user.json(['index', 'docs'], OFF)
  let left = 600
  let kills = 0
  for (let round = 0; round < 6 && left > 0; round++) {
    const child = user.start(['backfill'])
    const ended = once(child, 'close')
    await pause(900 + 400 * round)
    if (child.kill('SIGKILL')) kills++
    await ended
    const { pending, collections } = await user.json(['status'])
    expect(pending).toBeLessThanOrEqual(left)
    expect(collections[0].vectors).toBe(600 - pending)
    left = pending
  }
  expect(kills).toBeGreaterThan(0)
  expect(await user.json(['backfill'])).toMatchObject({ filled: left, waiting: 0 })
  expect((await user.json(['status'])).collections[0]).toMatchObject({ vectors: 600, pending: 0 })
}, 240_000)

test('a server embeds by itself what it finds waiting when it starts', async () => {
  user.write(files(0, 3))
  await user.json(['index', 'docs'], OFF)
  const server = user.start(['serve', '--port', '0', '--no-daemon'])
  const ended = once(server, 'close')
  await expect.poll(async () => (await user.json(['status'])).pending, { timeout: 60_000, interval: 500 }).toBe(0)
  server.kill('SIGTERM')
  await ended
}, 120_000)

test('two at once do the work once', async () => {
  user.write(files(0, 150))
  await user.json(['index', 'docs'], OFF)
  const [one, other] = await Promise.all([user.json(['backfill']), user.json(['backfill'])])
  expect(one.filled + other.filled).toBe(150)
  expect(one.embedded + other.embedded).toBe(150)
}, 120_000)
