import assert from 'node:assert/strict'
import type { Storage } from '../core/parts.ts'
import type { JobStore } from '../core/ports/job-store.ts'
import { jobEndsContract } from './job-store-ends-contract.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { LIMITS, sampleJob } from './samples.ts'

type Check = (title: string, body: (jobs: JobStore) => Promise<void>) => void

/** What `JobStore` promises, asserted of an empty storage that `create` opens for each test. */
export function jobStoreContract(name: string, create: () => Promise<Storage>, runner: Runner): void {
  runner.describe(`JobStore: ${name}`, () => {
    const check: Check = (title, body) => runner.test(title, () => using(create, ({ jobs }) => body(jobs)))
    waitingContract(check)
    runningContract(check)
    jobEndsContract(check)
    runner.test('a store that was closed says so', async () => {
      const storage = await create()
      await storage.close()
      await rejectsWith('STORE_CLOSED', storage.jobs.job('a'))
      await rejectsWith('STORE_CLOSED', storage.jobs.claimJob('r', 1))
    })
  })
}

function waitingContract(check: Check): void {
  check('a job waits, and comes back as it was put', async (jobs) => {
    const input = { text: 'NUL \0 and lone \ud800', list: [1, null, { deep: true }] }
    const made = await jobs.addJob(sampleJob('a', { input, owner: 'key-1' }), LIMITS)
    assert.deepEqual(
      { ...made, key: 0 },
      {
        ...{ key: 0, id: 'a', operation: 'index', input, owner: 'key-1', runner: 'r1', state: 'queued' },
        ...{ progress: null, result: null, resultBytes: null, error: null, attempts: 0, cancelling: false },
        ...{ revision: 0, createdAt: 1_000.5, startedAt: null, finishedAt: null },
      },
    )
    assert.deepEqual(await jobs.job('a'), made)
    assert.equal(await jobs.job('b'), null)
  })

  check('jobs come newest first, by pages, owner and state, without what may be long', async (jobs) => {
    for (const id of ['a', 'b', 'c', 'd']) {
      await jobs.addJob(sampleJob(id, { owner: id < 'c' ? 'key-1' : null }), LIMITS)
    }
    await jobs.claimJob('r1', 1)
    const ids = async (options: Parameters<JobStore['jobs']>[0]) => (await jobs.jobs(options)).map(({ id }) => id)
    const [, second] = await jobs.jobs({ limit: 2 })
    assert.deepEqual(await ids({ limit: 2 }), ['d', 'c'])
    assert.deepEqual(await ids({ limit: 9, before: second?.key as number }), ['b', 'a'])
    assert.deepEqual(await ids({ limit: 9, owner: 'key-1' }), ['b', 'a'])
    assert.deepEqual(await ids({ limit: 9, states: ['running'] }), ['a'])
    assert.deepEqual(await ids({ limit: 9, states: ['queued', 'running'], owner: 'key-1' }), ['b', 'a'])
    const { input: _, result: __, ...summary } = (await jobs.job('c')) ?? assert.fail()
    assert.deepEqual(second, summary)
  })

  check('no more wait or run than are allowed; those that ended do not count', async (jobs) => {
    await jobs.addJob(sampleJob('a'), { unfinished: 2 })
    await jobs.addJob(sampleJob('b'), { unfinished: 2 })
    await rejectsWith('SERVER_BUSY', jobs.addJob(sampleJob('c'), { unfinished: 2 }))
    assert.equal(await jobs.job('c'), null)
    await jobs.cancelJob('a', 2)
    await jobs.addJob(sampleJob('c'), { unfinished: 2 })
  })

  check('a job goes to its own runner, the oldest first, and to one alone', async (jobs) => {
    for (const id of ['a', 'b']) await jobs.addJob(sampleJob(id), LIMITS)
    assert.equal(await jobs.claimJob('r2', 5), null)
    const claimed = await Promise.all([jobs.claimJob('r1', 5), jobs.claimJob('r1', 5), jobs.claimJob('r1', 5)])
    assert.deepEqual(claimed.map((job) => job?.id ?? null).sort(), ['a', 'b', null])
    const job = await jobs.job('a')
    assert.deepEqual(
      [job?.state, job?.runner, job?.startedAt, job?.attempts, job?.revision],
      ['running', 'r1', 5, 1, 1],
    )
  })
}

function runningContract(check: Check): void {
  check('progress is kept, and each change raises the revision by one', async (jobs) => {
    await jobs.addJob(sampleJob('a'), LIMITS)
    const progress = { stage: 'index', done: 1, total: null, unit: 'bytes', chunks: 3 }
    assert.equal(await jobs.setProgress('a', 'r1', progress, 5), null)
    await jobs.claimJob('r1', 5)
    const told = await jobs.setProgress('a', 'r1', progress, 6)
    assert.deepEqual([told?.progress, told?.revision, told?.state], [progress, 2, 'running'])
    await jobs.beat('r1', 7)
    assert.equal((await jobs.job('a'))?.revision, 2)
    assert.equal(await jobs.setProgress('a', 'r2', { ...progress, done: 2 }, 8), null)
    assert.deepEqual((await jobs.job('a'))?.progress, progress)
  })

  check('runners are told by the jobs that have not ended', async (jobs) => {
    await jobs.addJob(sampleJob('a', { createdAt: 1 }), LIMITS)
    await jobs.addJob(sampleJob('b', { createdAt: 2, runner: 'r2' }), LIMITS)
    await jobs.addJob(sampleJob('c', { createdAt: 3, runner: 'r3' }), LIMITS)
    await jobs.cancelJob('c', 4)
    await jobs.beat('r2', 50)
    assert.deepEqual(await jobs.runners(), [
      { runner: 'r1', beatAt: 1 },
      { runner: 'r2', beatAt: 50 },
    ])
  })

  check('a job that waits is cancelled at once, one that runs by its runner', async (jobs) => {
    for (const id of ['a', 'b']) await jobs.addJob(sampleJob(id), LIMITS)
    await jobs.claimJob('r1', 5)
    const waiting = await jobs.cancelJob('b', 6)
    assert.deepEqual([waiting?.state, waiting?.finishedAt, waiting?.cancelling], ['cancelled', 6, false])
    const running = await jobs.cancelJob('a', 6)
    assert.deepEqual([running?.state, running?.finishedAt, running?.cancelling], ['running', null, true])
    assert.equal((await jobs.cancelJob('a', 7))?.revision, running?.revision)
    assert.deepEqual([await jobs.beat('r1', 8), await jobs.beat('r2', 8)], [['a'], []])
    const ended = await jobs.finishJob('a', 'r1', { state: 'cancelled', error: null }, 9)
    assert.deepEqual([ended?.state, ended?.cancelling, await jobs.beat('r1', 9)], ['cancelled', false, []])
    assert.equal(await jobs.cancelJob('none', 9), null)
  })
}
