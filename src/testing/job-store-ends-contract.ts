import assert from 'node:assert/strict'
import type { JobOutcome, JobStore } from '../core/ports/job-store.ts'
import { LIMITS, sampleJob } from './samples.ts'

type Check = (title: string, body: (jobs: JobStore) => Promise<void>) => void

/** What `JobStore` promises of jobs that end, are left behind and are swept. */
export function jobEndsContract(check: Check): void {
  endingContract(check)
  releaseContract(check)
  sweepContract(check)
}

function endingContract(check: Check): void {
  check('what came of a job is kept', async (jobs) => {
    for (const id of ['a', 'b', 'c']) await run(jobs, id)
    const result = { reports: [{ added: 3 }], note: '\ud800' }
    await jobs.finishJob('a', 'r1', { state: 'succeeded', result, resultBytes: 40 }, 9)
    await jobs.finishJob('b', 'r1', { state: 'succeeded', result: null, resultBytes: 9_000_000 }, 9)
    const error = { code: 'DISK_FULL', message: 'Full.', details: { file: '/a' } } as const
    const failed = await jobs.finishJob('c', 'r1', { state: 'failed', error }, 9)
    const a = await jobs.job('a')
    assert.deepEqual([a?.state, a?.result, a?.resultBytes, a?.finishedAt], ['succeeded', result, 40, 9])
    const b = await jobs.job('b')
    assert.deepEqual([b?.result, b?.resultBytes], [null, 9_000_000])
    assert.deepEqual([failed?.state, failed?.error, failed?.result], ['failed', error, null])
  })

  check('a job that has ended never changes again', async (jobs) => {
    await run(jobs, 'a')
    const ended = await jobs.finishJob('a', 'r1', SUCCESS, 9)
    assert.equal(await jobs.finishJob('a', 'r1', { state: 'failed', error: null }, 10), null)
    assert.equal(await jobs.setProgress('a', 'r1', { stage: 'index', done: 1, total: 1, unit: 'bytes' }, 10), null)
    assert.equal((await jobs.cancelJob('a', 10))?.state, 'succeeded')
    assert.deepEqual(await jobs.releaseJobs('r1', { resume: ['index'], attempts: 9, at: 10 }), [])
    assert.deepEqual(await jobs.job('a'), ended)
    assert.equal(await jobs.claimJob('r1', 11), null)
  })
}

function releaseContract(check: Check): void {
  check('of a runner that is gone, what waits and what can go on waits for anyone', async (jobs) => {
    await run(jobs, 'index')
    await run(jobs, 'eval', { operation: 'eval' })
    await jobs.addJob(sampleJob('waits', { operation: 'eval' }), LIMITS)
    await jobs.addJob(sampleJob('other', { runner: 'r2' }), LIMITS)
    const released = await jobs.releaseJobs('r1', { resume: ['index'], attempts: 2, at: 20 })
    assert.deepEqual(
      released.map(({ id, state, runner, finishedAt }) => [id, state, runner, finishedAt]),
      [
        ['index', 'queued', null, null],
        ['eval', 'interrupted', 'r1', 20],
        ['waits', 'queued', null, null],
      ],
    )
    assert.deepEqual(await jobs.runners(), [{ runner: 'r2', beatAt: 1_000.5 }])
    assert.equal(await jobs.finishJob('index', 'r1', SUCCESS, 21), null)
    const again = await jobs.claimJob('r9', 22)
    assert.deepEqual([again?.id, again?.runner, again?.attempts], ['index', 'r9', 2])
    assert.equal((await jobs.claimJob('r9', 23))?.id, 'waits')
    assert.equal(await jobs.claimJob('r9', 24), null)
  })

  check('a job that is left behind too often is interrupted, and one to be cancelled is cancelled', async (jobs) => {
    await run(jobs, 'a')
    await run(jobs, 'b')
    await jobs.cancelJob('b', 3)
    const released = await jobs.releaseJobs('r1', { resume: ['index'], attempts: 1, at: 20 })
    assert.deepEqual(
      released.map(({ id, state, cancelling }) => [id, state, cancelling]),
      [
        ['a', 'interrupted', false],
        ['b', 'cancelled', false],
      ],
    )
  })
}

function sweepContract(check: Check): void {
  check('jobs that ended go by age and number, those that have not never', async (jobs) => {
    await run(jobs, 'runs')
    for (const [id, at] of [
      ['a', 100],
      ['b', 101],
      ['c', 102],
      ['d', 103],
    ] as const) {
      await run(jobs, id)
      await jobs.finishJob(id, 'r1', SUCCESS, at)
    }
    await jobs.addJob(sampleJob('waits'), LIMITS)
    assert.equal(await jobs.sweepJobs({ endedBefore: 101, keep: 9, bytes: 9_999 }), 1)
    assert.equal(await jobs.sweepJobs({ endedBefore: 0, keep: 2, bytes: 9_999 }), 1)
    const left = await jobs.jobs({ limit: 9 })
    assert.deepEqual(
      left.map(({ id }) => id),
      ['waits', 'd', 'c', 'runs'],
    )
  })

  check('the oldest of those that ended go where all of them are too large', async (jobs) => {
    for (const id of ['a', 'b', 'c']) {
      await run(jobs, id, { input: 'x'.repeat(98) })
      await jobs.finishJob(id, 'r1', { state: 'succeeded', result: 'y'.repeat(98), resultBytes: 100 }, 9)
    }
    assert.equal(await jobs.sweepJobs({ endedBefore: 0, keep: 9, bytes: 400 }), 1)
    assert.equal(await jobs.job('a'), null)
    assert.equal(await jobs.sweepJobs({ endedBefore: 0, keep: 9, bytes: 399 }), 1)
  })
}

const SUCCESS: JobOutcome = { state: 'succeeded', result: {}, resultBytes: 2 }

/** Adds a job and lets its runner begin it. */
async function run(jobs: JobStore, id: string, change: Partial<Parameters<typeof sampleJob>[1]> = {}): Promise<void> {
  await jobs.addJob(sampleJob(id, change), LIMITS)
  const claimed = await jobs.claimJob('r1', 2)
  assert.equal(claimed?.id, id)
}
