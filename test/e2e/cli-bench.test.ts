import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'

let user: User
beforeAll(async () => {
  await build()
  user = newUser()
}, 180_000)
afterAll(() => user.remove())

interface Row {
  workload: string
  batch: number
  calls: number
  texts: number
  duration_ms: number
  texts_per_s: number
  tokens_per_s: number
  p50_ms: number
  p95_ms: number
  p99_ms: number
}

describe('semdex bench embed', () => {
  // biome-ignore lint/suspicious/noExplicitAny: what it answers is what the tests look at.
  let answer: any
  let rows: Row[]
  beforeAll(async () => {
    const env = { SEMDEX_RESULT_CACHE: '1000' }
    answer = await user.json(['bench', 'embed', '--quick'], { timeout: 280_000, env })
    rows = answer.rows
  }, 300_000)

  test('--json holds figures that agree with each other', () => {
    expect(answer).toMatchObject({ model: 'all-MiniLM-L6-v2', precision: 'int8', workers: 1, quick: true })
    expect(rows.map(({ workload }) => workload)).toEqual([
      'short-1',
      'short-100',
      'medium-1',
      'medium-100',
      'chunk-1',
      'chunk-100',
      'long-1',
      'long-100',
      'query-idle',
      'query-under-load',
    ])
    for (const row of rows) {
      for (const value of Object.values(row).filter((each) => typeof each === 'number'))
        expect(value).toBeGreaterThan(0)
      expect(row.texts).toBe(row.batch * row.calls)
      expect((row.texts_per_s * row.duration_ms) / 1_000 / row.texts).toBeCloseTo(1, 2)
      expect(row.p50_ms).toBeLessThanOrEqual(row.p95_ms)
      expect(row.p95_ms).toBeLessThanOrEqual(row.p99_ms)
      expect(row.p99_ms).toBeLessThanOrEqual(row.duration_ms)
    }
    for (const value of [
      answer.load_ms,
      answer.rss_mb,
      answer.event_loop.idle.p99_ms,
      answer.event_loop.loaded.p99_ms,
    ]) {
      expect(value).toBeGreaterThan(0)
    }
  })

  test('the texts have the lengths that their rows are named for, and the result cache is off', () => {
    const tokens = Object.fromEntries(rows.map((row) => [row.workload, row.tokens_per_s / row.texts_per_s]))
    expect(tokens['short-100']).toBeGreaterThan(13)
    expect(tokens['short-100']).toBeLessThan(19)
    expect(tokens['medium-100']).toBeGreaterThan(56)
    expect(tokens['medium-100']).toBeLessThan(72)
    expect(tokens['chunk-100']).toBeGreaterThan(200)
    expect(tokens['chunk-100']).toBeLessThan(250)
    expect(tokens['long-100']).toBeGreaterThan(235)
    expect(tokens['long-100']).toBeLessThanOrEqual(256)
    expect(tokens['query-idle']).toBeGreaterThan(7)
    expect(tokens['query-idle']).toBeLessThan(16)
    expect(answer.cache_lookups).toBe(0)
    const chunk = rows.find(({ workload }) => workload === 'chunk-100') as Row
    expect(answer.chunks_per_minute.measured / 60 / chunk.texts_per_s).toBeCloseTo(1, 3)
    expect(answer.chunks_per_minute.floor).toBe(200)
  })

  test('people get a table', { timeout: 300_000 }, async () => {
    const { status, stdout, stderr } = await user.semdex(['bench', 'embed', '--quick'], { timeout: 280_000 })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^all-MiniLM-L6-v2 +int8, onnx, auto, 1 worker of 1 thread$/m)
    expect(stdout).toMatch(/^chunk-100 +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+$/m)
    expect(stdout).toMatch(/^chunks a minute +[\d.]+ +in calls of 100; 200 is the least/m)
    expect(stdout).toMatch(/^event loop, p99 ms +[\d.]+ +under load; idle [\d.]+/m)
  })

  test('a model that is not there, and half a verb, are told', async () => {
    const missing = await user.semdex(['bench', 'embed', '--model', 'no-such-model'])
    expect(missing.status).not.toBe(0)
    expect(missing.stderr).toContain('no-such-model')
    const { status, stderr } = await user.semdex(['bench'])
    expect(status).toBe(2)
    expect(stderr).toContain('semdex bench embed')
  })
})
