import { afterAll, beforeAll, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'

let user: User
beforeAll(async () => {
  await build()
  user = newUser()
}, 180_000)
afterAll(() => user.remove())

const request = (method: string, params: object | undefined, id?: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', method, params, id })

interface Message {
  id: unknown
  result?: { documents?: number }
  error?: { code: number }
}

async function answersTo(lines: string[], end = '\n'): Promise<(Message | Message[])[]> {
  const { status, stdout, stderr } = await user.semdex(['serve', '--stdio'], { stdin: lines.join('\n') + end })
  expect(status, stderr).toBe(0)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('each message has its answer on a line, and what is under way is finished when stdin ends', async () => {
  const add = request('add', { documents: [{ id: 'a', text: 'Bread is baked in an oven.' }] }, 'add')
  const answers = await answersTo([add, '', 'no JSON', request('status', {}, 2), request('none', {}, 3)])
  const byId = new Map(answers.map((answer) => [(answer as Message).id, answer]))
  expect(answers).toHaveLength(4)
  expect(byId.get('add')).toMatchObject({ jsonrpc: '2.0', result: { added: 1, embedded: 1 } })
  expect(byId.get(null)).toMatchObject({ error: { code: -32_700 } })
  expect(byId.get(2)).toMatchObject({ result: { documents: expect.any(Number) } })
  expect(byId.get(3)).toMatchObject({ error: { code: -32_601, data: { code: 'OPERATION_UNKNOWN' } } })
}, 120_000)

test('notifications are silent, batches answer on one line, and the last line needs no end', async () => {
  const add = request('add', { documents: [{ id: 'b', text: 'A satellite circles the planet.' }] })
  expect(await answersTo([add, `[${add},${add}]`])).toEqual([])
  const batch = `[${request('get', { id: 'b' }, 1)},${add},${request('get', {}, 2)}]`
  expect(await answersTo([batch], '')).toMatchObject([
    [
      { id: 1, result: { id: 'b' } },
      { id: 2, error: { code: -32_602 } },
    ],
  ])
}, 120_000)

test('nothing in, nothing out', async () => {
  expect(await answersTo([])).toEqual([])
})

test('it ends when it is interrupted', async () => {
  const child = user.start(['serve', '--stdio'])
  child.stdin?.write(`${request('status', {}, 1)}\n`)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  child.kill('SIGTERM')
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
})
