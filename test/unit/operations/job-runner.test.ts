import { hostname } from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BEAT_TIMEOUT, isGone, newRunnerName } from '../../../src/operations/jobs/process.ts'
import { jobRunner } from '../../../src/operations/jobs/runner.ts'
import { watchJob } from '../../../src/operations/jobs/serving.ts'
import { operationNamed } from '../../../src/operations/table.ts'
import { openWorkplace, type Workplace } from './support.ts'

/** Above the highest process number of Linux. */
const NO_PROCESS = 4_194_305

describe('a runner is gone', () => {
  const name = (pid: number, host: string) => `${pid}@${host}#0123456789ab`
  test.each([
    ['when it was silent for long', name(process.ppid, hostname()), BEAT_TIMEOUT + 1, true],
    ['at once when its process is not there', name(NO_PROCESS, hostname()), 0, true],
    ['not while its process is there', name(process.ppid, hostname()), BEAT_TIMEOUT, false],
    ['not by a process number of another machine', name(NO_PROCESS, 'elsewhere'), BEAT_TIMEOUT, false],
    ['not by a number that is this process’s own', name(process.pid, hostname()), BEAT_TIMEOUT, false],
  ])('%s', (_, runner, silence, gone) => {
    expect(isGone({ runner, beatAt: 1_000 }, 1_000 + silence)).toBe(gone)
  })

  test('and each name is its own', () => {
    expect(newRunnerName()).not.toBe(newRunnerName())
    expect(isGone({ runner: newRunnerName(), beatAt: 0 }, 1)).toBe(false)
  })
})

describe('a running job', () => {
  let workplace: Workplace
  beforeEach(() => {
    workplace = openWorkplace({ embeddings: false })
    const text = `${'A line of text. '.repeat(60)}\n`
    workplace.write(Object.fromEntries(Array.from({ length: 1_500 }, (_, n) => [`docs/${n}.md`, `# ${n}\n\n${text}`])))
  })
  afterEach(() => workplace.close())

  async function beginIndex(): Promise<string> {
    const input = { paths: [workplace.path('docs')] }
    const { id } = await workplace.run('jobs.start', { operation: 'index', input })
    for await (const { progress } of watchJob(workplace.parts, id, { signal: AbortSignal.timeout(60_000) })) {
      if ((progress?.chunks ?? 0) > 0) break
    }
    return id
  }

  test('that another process took over is stopped here and does not end twice', async () => {
    const id = await beginIndex()
    const { jobs } = await workplace.parts.storage()
    const runner = await jobRunner(workplace.parts, operationNamed)
    const taken = await jobs.releaseJobs(runner.name, { resume: ['index'], attempts: 9, at: Date.now() })
    expect(taken).toMatchObject([{ id, state: 'queued' }])
    expect(await jobs.claimJob('1@elsewhere#0', Date.now())).toMatchObject({ id, attempts: 2 })
    const documents = async () => (await workplace.run('status', {})).documents
    const isStill = async () => {
      const before = await documents()
      await new Promise((resolve) => setTimeout(resolve, 700))
      return (await documents()) === before
    }
    await expect.poll(isStill, { timeout: 30_000 }).toBe(true)
    expect(await documents()).toBeLessThan(1_500)
    await runner.close()
    expect(await jobs.job(id)).toMatchObject({ state: 'running', runner: '1@elsewhere#0', attempts: 2 })
  }, 60_000)

  test('is stopped by a mark that another process has made', async () => {
    const id = await beginIndex()
    const { jobs } = await workplace.parts.storage()
    await jobs.cancelJob(id, Date.now())
    await expect.poll(async () => (await jobs.job(id))?.state, { timeout: 20_000 }).toBe('cancelled')
  }, 60_000)

  test('is not taken by jobs that are begun while enough run', async () => {
    const id = await beginIndex()
    const more = [1, 2, 3].map(() => workplace.run('jobs.start', { operation: 'add', input: { documents: [] } }))
    const ids = (await Promise.all(more)).map((job) => job.id)
    const running = async () => (await workplace.run('jobs', { states: ['running'] })).jobs.length
    expect(await running()).toBeLessThanOrEqual(2)
    for (const each of ids) {
      for await (const _ of watchJob(workplace.parts, each, { signal: AbortSignal.timeout(60_000) })) {
        expect(await running()).toBeLessThanOrEqual(2)
      }
    }
    await workplace.run('jobs.cancel', { id })
    const { jobs } = await workplace.run('jobs', {})
    expect(jobs.filter((job) => ids.includes(job.id)).every(({ state }) => state === 'succeeded')).toBe(true)
  }, 60_000)
})
