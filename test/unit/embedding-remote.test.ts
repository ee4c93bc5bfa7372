import { describe, expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { RemoteModel } from '../../src/core/model-spec.ts'
import { readEndpoint } from '../../src/embedding/runtimes/remote/endpoint.ts'
import { planRequests } from '../../src/embedding/runtimes/remote/plan-requests.ts'
import { retryAfter } from '../../src/embedding/runtimes/remote/retry.ts'
import { createSlots } from '../../src/embedding/runtimes/remote/slots.ts'
import { specOf } from '../support/embedding.ts'

const KEY = 'sk-0123456789'
const specWith = (remote: Partial<RemoteModel>) => ({
  ...specOf('all-MiniLM-L6-v2'),
  name: 'served',
  runtime: 'remote' as const,
  files: [],
  remote: { url: 'https://api.example/v1', model: 'm', keyVariable: null, ...remote },
})

function refusal(remote: Partial<RemoteModel> | null, key: string | null = null): SemdexError {
  try {
    readEndpoint(remote === null ? { ...specWith({}), remote } : specWith(remote), key)
  } catch (error) {
    expect(error).toBeInstanceOf(SemdexError)
    return error as SemdexError
  }
  throw new Error('nothing was refused')
}

describe('the address', () => {
  test.each([
    ['https://api.example/v1', 'https://api.example/v1/embeddings'],
    ['https://api.example/v1///', 'https://api.example/v1/embeddings'],
    ['https://api.example', 'https://api.example/embeddings'],
    ['http://localhost:11434/v1', 'http://localhost:11434/v1/embeddings'],
    ['https://api.example/v1?version=2#part', 'https://api.example/v1/embeddings?version=2'],
  ])('%s', (url, expected) => {
    expect(readEndpoint(specWith({ url }), null).url.href).toBe(expected)
  })

  test('is shown without its query, which may hold a secret', () => {
    expect(readEndpoint(specWith({ url: 'https://api.example/v1?key=abc' }), null).shown).toBe(
      'https://api.example/v1/embeddings',
    )
  })

  test.each(['', 'api.example/v1', 'ftp://api.example', 'file:///etc/passwd'])('%s is none', (url) => {
    expect(refusal({ url })).toMatchObject({ code: 'MODEL_INVALID', fix: expect.stringContaining('remote.url') })
  })

  test('with a user or a password is refused, and not repeated', () => {
    for (const url of ['https://user:pa55word@api.example/v1', 'https://pa55word@api.example/v1']) {
      const error = refusal({ url })
      expect(error).toMatchObject({ code: 'MODEL_INVALID', fix: expect.stringContaining('remote.keyVariable') })
      expect(JSON.stringify(error.toJSON())).not.toContain('pa55word')
    }
  })

  test('is needed', () => {
    expect(refusal(null)).toMatchObject({ code: 'MODEL_INVALID' })
  })
})

describe('the key', () => {
  test.each([
    'localhost',
    '127.0.0.1',
    '127.8.9.10:8080',
    '[::1]:80',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.1',
    '192.168.1.20',
    '100.64.0.1',
    '[fd12:3456::1]',
    '[fe80::1]',
    'ollama:11434',
    'box.local',
    'embed.internal',
  ])('goes over http to %s', (host) => {
    expect(readEndpoint(specWith({ url: `http://${host}/v1`, keyVariable: 'K' }), KEY).key).toBe(KEY)
  })

  test.each([
    'api.example',
    '8.8.8.8',
    '172.32.0.1',
    '172.15.0.1',
    '100.128.0.1',
    '10.example.com',
    '127.0.0.1.example.com',
    '192.168.1.1.nip.example',
    '[2001:db8::1]',
    'local.example',
  ])('does not go over http to %s, which is spoken to without one', (host) => {
    const url = `http://${host}/v1`
    const error = refusal({ url, keyVariable: 'K' }, KEY)
    expect(error).toMatchObject({ code: 'MODEL_INVALID', fix: expect.stringContaining('https') })
    expect(JSON.stringify(error.toJSON())).not.toContain(KEY)
    expect(readEndpoint(specWith({ url }), KEY).key).toBeNull()
  })

  test.each([null, '', '  \n'])('that is %j is missed by the name of its variable', (key) => {
    const error = { code: 'REMOTE_FAILED', details: { model: 'served', variable: 'MY_KEY' } }
    expect(refusal({ keyVariable: 'MY_KEY' }, key)).toMatchObject(error)
  })

  test.each([`${KEY}\n${KEY}`, `${KEY} x`, `${KEY}é`])('that cannot be sent is refused, and not repeated', (key) => {
    const error = refusal({ keyVariable: 'MY_KEY' }, key)
    expect(error).toMatchObject({ code: 'REMOTE_FAILED', fix: expect.stringContaining('MY_KEY') })
    expect(JSON.stringify(error.toJSON())).not.toContain(KEY)
  })
})

test('requests hold a bounded number of texts, bytes and numbers, and keep the order', () => {
  const limits = { texts: 3, bytes: 10, numbers: 1_000 }
  const plan = (texts: string[], dimensions = 1) => planRequests(texts, dimensions, limits)
  expect(plan([])).toEqual([])
  expect(plan(['a', 'b', 'c', 'd'])).toEqual([['a', 'b', 'c'], ['d']])
  expect(plan(['12345', '67890', 'x'])).toEqual([['12345', '67890'], ['x']])
  expect(plan(['x', '12345678901234', 'y'])).toEqual([['x'], ['12345678901234'], ['y']])
  expect(plan(['éé', 'éé', 'éé'])).toEqual([['éé', 'éé'], ['éé']])
  expect(plan(['a', 'b', 'c'], 500)).toEqual([['a', 'b'], ['c']])
  expect(plan(['a', 'b'], 5_000)).toEqual([['a'], ['b']])
})

test('the time to wait is read as the server tells it', () => {
  const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT')
  const read = (headers: Record<string, string>) => retryAfter(new Headers(headers), now)
  expect(read({})).toBeNull()
  expect(read({ 'retry-after': '7' })).toBe(7_000)
  expect(read({ 'retry-after': '0.5' })).toBe(500)
  expect(read({ 'retry-after': 'Wed, 21 Oct 2026 07:28:09 GMT' })).toBe(9_000)
  expect(read({ 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT' })).toBe(0)
  expect(read({ 'retry-after': 'soon' })).toBeNull()
  expect(read({ 'retry-after-ms': '1500', 'retry-after': '9' })).toBe(1_500)
  expect(read({ 'retry-after': '-5' })).toBeNull()
})

describe('slots', () => {
  const job = () => Promise.withResolvers<void>()

  test('let the urgent go first, and a few of them beyond the number', async () => {
    const slots = createSlots(2)
    const begun: string[] = []
    const jobs = new Map<string, PromiseWithResolvers<void>>()
    const run = (name: string, urgent = false) => {
      jobs.set(name, job())
      return slots.run({ urgent }, () => {
        begun.push(name)
        return jobs.get(name)?.promise as Promise<void>
      })
    }
    const all = [run('a'), run('b'), run('c'), run('d'), run('q1', true), run('q2', true), run('q3', true)]
    await expect.poll(() => begun).toEqual(['a', 'b', 'q1', 'q2'])
    expect(slots.waiting()).toBe(3)
    jobs.get('a')?.resolve()
    await expect.poll(() => begun).toEqual(['a', 'b', 'q1', 'q2', 'q3'])
    for (const { resolve } of jobs.values()) resolve()
    await Promise.all(all)
    expect(begun.slice(5)).toEqual(['c', 'd'])
    await slots.drained()
    expect(slots.waiting()).toBe(0)
  })

  test('give up the place of what is aborted while it waits, and go on after a failure', async () => {
    const slots = createSlots(1)
    const first = job()
    const running = slots.run({ urgent: false }, () => first.promise)
    const controller = new AbortController()
    let began = false
    const waiting = slots.run({ urgent: false, signal: controller.signal }, async () => {
      began = true
    })
    const last = slots.run({ urgent: false }, async () => 'done')
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
    expect(slots.waiting()).toBe(1)
    first.reject(new Error('broken'))
    await expect(running).rejects.toThrow('broken')
    expect(await last).toBe('done')
    expect(began).toBe(false)
  })
})
