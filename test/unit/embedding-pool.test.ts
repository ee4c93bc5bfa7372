import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JobTimings } from '../../src/embedding/runtimes/runner.ts'
import { type JobRequest, openPool, type Pool, type PoolSettings } from '../../src/embedding/scheduling/pool.ts'
import type { TestAnswer, TestJob, TestWorkerData } from '../support/pool-worker.ts'

type TestPool = Pool<TestJob, TestAnswer>

let folder: string
let pools: TestPool[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-pool-'))
})
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.close()))
  pools = []
  rmSync(folder, { recursive: true })
})

const log = () => (existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').trim().split('\n') : [])
const opened = () => log().filter((line) => line === 'open').length
const released = () => log().filter((line) => line === 'release').length

async function open(settings: Partial<PoolSettings> = {}, data: Partial<TestWorkerData> = {}): Promise<TestPool> {
  const pool = await openPool<TestJob, TestAnswer>({
    module: new URL('../support/pool-worker.ts', import.meta.url),
    data: { log: join(folder, 'log'), ...data } satisfies TestWorkerData,
    most: 1,
    bytesPerThread: 1,
    idleSeconds: 0,
    quickens: false,
    ...settings,
  })
  pools.push(pool)
  return pool
}

const request = (more: Partial<JobRequest> = {}): JobRequest => ({ urgent: false, onTimed: () => undefined, ...more })

describe('the order of jobs', () => {
  test('urgent ones overtake those that have not begun; else they come in order', async () => {
    const pool = await open()
    const done: string[] = []
    const run = (name: string, urgent: boolean) =>
      pool.run({ name, milliseconds: 1 }, request({ urgent })).then((answer) => done.push(answer.name))
    await Promise.all([run('a', false), run('b', false), run('c', false), run('q', true), run('r', true)])
    expect(done).toEqual(['a', 'q', 'r', 'b', 'c'])
  })

  test('an aborted call’s jobs leave the queue at once, and no others', async () => {
    const pool = await open()
    const controller = new AbortController()
    const first = pool.run({ name: 'first', milliseconds: 300 }, request())
    const dropped = Array.from({ length: 5 }, (_, at) =>
      pool.run({ name: `dropped ${at}` }, request({ signal: controller.signal })),
    )
    const last = pool.run({ name: 'last' }, request())
    const settled = Promise.allSettled(dropped)
    expect(pool.state().waiting).toBe(6)
    controller.abort()
    expect(pool.state().waiting).toBe(1)
    for (const outcome of await settled) expect(outcome).toMatchObject({ reason: { code: 'ABORTED' } })
    expect((await first).name).toBe('first')
    expect((await last).name).toBe('last')
  })
})

describe('how many threads', () => {
  test('as many as have work, up to the most', async () => {
    const pool = await open({ most: 3 })
    expect(pool.state().workers).toBe(1)
    await Promise.all(Array.from({ length: 9 }, (_, at) => pool.run({ name: `${at}`, milliseconds: 200 }, request())))
    expect(pool.state().workers).toBe(3)
    await pool.close()
    expect([opened(), released()]).toEqual([3, 3])
  })

  test('one, where memory holds no second', async () => {
    const pool = await open({ most: 3, bytesPerThread: 1e15 })
    await Promise.all(Array.from({ length: 6 }, (_, at) => pool.run({ name: `${at}`, milliseconds: 50 }, request())))
    expect(opened()).toBe(1)
  })

  test('those that could be loaded', async () => {
    const pool = await open({ most: 2 }, { loads: 'only the first' })
    for (let round = 0; round < 2; round++) {
      const jobs = Array.from({ length: 10 }, (_, at) => pool.run({ name: `${at}`, milliseconds: 50 }, request()))
      expect(await Promise.all(jobs)).toHaveLength(10)
    }
    expect(opened()).toBe(2)
  })
})

describe('a thread that ends under a job', () => {
  const limits = { resourceLimits: { maxOldGenerationSizeMb: 24 } }
  const SAID = { exit: 'exit code 3', throw: 'thrown beside the job', heap: 'memory limit' } as const

  test.each(['exit', 'throw', 'heap'] as const)('%s: costs that job, and is replaced', async (fault) => {
    const pool = await open(limits)
    const lost = pool.run({ name: 'lost', fault }, request())
    const next = pool.run({ name: 'next' }, request())
    await expect(lost).rejects.toMatchObject({
      code: 'EMBEDDING_FAILED',
      message: expect.stringContaining(SAID[fault]),
    })
    expect((await next).name).toBe('next')
    expect(pool.state()).toEqual({ waiting: 0, workers: 1, restarts: 1 })
  })

  test('is given the job again as often as it has retries', async () => {
    const pool = await open()
    await expect(pool.run({ name: 'lost', fault: 'exit' }, request({ retries: 2 }))).rejects.toMatchObject({
      code: 'EMBEDDING_FAILED',
    })
    expect(pool.state().restarts).toBe(3)
  })

  test('a thread that had no memory for a job is replaced; one that threw anything else is not', async () => {
    const pool = await open()
    await expect(pool.run({ name: 'large', fault: 'allocation' }, request())).rejects.toThrow('Failed to allocate')
    await expect(pool.run({ name: 'bad', fault: 'error' }, request())).rejects.toThrow('no good')
    expect((await pool.run({ name: 'next' }, request())).name).toBe('next')
    expect(pool.state().restarts).toBe(1)
    await pool.close()
    expect([opened(), released()]).toEqual([2, 2])
  })

  test('again and again fails all that waits, and the next job is tried', async () => {
    const pool = await open()
    const jobs = Array.from({ length: 40 }, (_, at) => pool.run({ name: `${at}`, fault: 'exit' }, request()))
    const codes = (await Promise.allSettled(jobs)).map((outcome) =>
      outcome.status === 'rejected' ? outcome.reason.code : 'ok',
    )
    expect(codes.slice(0, 12)).toEqual(Array(12).fill('EMBEDDING_FAILED'))
    expect(codes.slice(12)).toEqual(Array(28).fill('RUNTIME_UNAVAILABLE'))
    expect(opened()).toBe(12)
    expect((await pool.run({ name: 'next' }, request())).name).toBe('next')
  })
})

describe('threads that cannot load', () => {
  test('what loading threw comes out', async () => {
    await expect(open({}, { loads: 'never' })).rejects.toThrow('cannot be loaded')
  })

  test('one that ends while it loads is an error with a way out, once', async () => {
    await expect(open({ most: 4 }, { loads: 'exit' })).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('exit code 7'),
      fix: expect.stringContaining('embedding.workers'),
    })
    expect(opened()).toBe(1)
  })

  test('after they were unloaded, jobs that wait get the reason', async () => {
    const pool = await open({ idleSeconds: 0.05 }, { loads: 'only the first' })
    await expect.poll(() => pool.state().workers, { timeout: 20_000 }).toBe(0)
    await expect(pool.run({ name: 'late' }, request())).rejects.toThrow('cannot be loaded')
  })
})

describe('idle threads', () => {
  test('are released, and loaded again by the next job, which tells what that took', async () => {
    const pool = await open({ most: 2, idleSeconds: 0.1 })
    const all: JobTimings[] = []
    const timed = request({ onTimed: (timings) => all.push(timings) })
    await pool.run({ name: 'one' }, timed)
    await expect.poll(() => pool.state().workers, { timeout: 20_000 }).toBe(0)
    await expect.poll(released, { timeout: 20_000 }).toBe(1)
    await pool.run({ name: 'two', milliseconds: 3 }, timed)
    expect(pool.state()).toEqual({ waiting: 0, workers: 1, restarts: 0 })
    expect(all[0]).toMatchObject({ load: 0 })
    expect(all[1]?.load).toBeGreaterThan(5)
    expect(all[1]?.queue).toBeLessThan(all[1]?.load as number)
    expect(all[1]?.infer).toBe(3)
  })

  test('stay while there is work', async () => {
    const pool = await open({ idleSeconds: 0.2 })
    await pool.run({ name: 'long', milliseconds: 1_000 }, request())
    expect(released()).toBe(0)
  })
})

describe('a job that is alone', () => {
  const urgent = request({ urgent: true })

  test('makes one thread quicker once there were two; others do not', async () => {
    const pool = await open({ most: 2, quickens: true })
    const passage = await pool.run({ name: 'passage' }, request())
    const first = await pool.run({ name: 'first' }, urgent)
    const second = await pool.run({ name: 'second' }, urgent)
    const third = await pool.run({ name: 'third' }, urgent)
    expect([passage, first, second, third]).toEqual([
      { name: 'passage', alone: false, quick: false },
      { name: 'first', alone: true, quick: false },
      { name: 'second', alone: true, quick: false },
      { name: 'third', alone: true, quick: true },
    ])
    expect(opened()).toBe(1)
  })

  test('is not one of two', async () => {
    const pool = await open({ most: 2, quickens: true })
    const busy = pool.run({ name: 'busy', milliseconds: 300 }, request())
    const query = await pool.run({ name: 'query' }, urgent)
    expect(query.alone).toBe(false)
    expect((await busy).alone).toBe(false)
  })
})
