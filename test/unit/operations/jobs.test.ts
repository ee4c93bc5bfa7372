import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Parts } from '../../../src/core/parts.ts'
import { jobRunner } from '../../../src/operations/jobs/runner.ts'
import { type JobNow, watchJob } from '../../../src/operations/jobs/serving.ts'
import type { Asker } from '../../../src/operations/operation.ts'
import { operationNamed } from '../../../src/operations/table.ts'
import { openWorkplace, type Workplace } from './support.ts'

let workplace: Workplace
beforeEach(() => {
  workplace = openWorkplace({ embeddings: false })
})
afterEach(() => workplace.close())

const WRITER: Asker = { access: 'write', key: 'k1' }
const OTHER: Asker = { access: 'write', key: 'k2' }
const ADMIN: Asker = { access: 'admin', key: 'k3' }

function start(operation: string, input: object, asker?: Asker) {
  return workplace.run('jobs.start', { operation, input }, asker ? { asker } : {})
}

async function ended(id: string): Promise<Extract<JobNow, { result: unknown }>> {
  let last: JobNow | null = null
  for await (const job of watchJob(workplace.parts, id, { signal: AbortSignal.timeout(30_000) })) last = job
  return last as Extract<JobNow, { result: unknown }>
}

function listening(parts: Parts): Promise<number> {
  return jobRunner(parts, operationNamed).then((runner) => runner.listening)
}

describe('a job', () => {
  test('runs its operation and keeps what it answered', async () => {
    workplace.write({ 'docs/a.md': '# A\n\nFirst.\n', 'docs/b.md': '# B\n\nSecond.\n' })
    const started = await start('index', { paths: [workplace.path('docs')] })
    expect(started).toMatchObject({ operation: 'index', state: 'queued' })
    const job = await ended(started.id)
    expect(job).toMatchObject({
      ...{ id: started.id, state: 'succeeded', error: null, owner: null, attempts: 1, cancelling: false },
      input: { paths: [workplace.path('docs')] },
      result: { reports: [{ root: workplace.path('docs'), added: 2, failed: 0 }] },
      progress: { stage: 'index', unit: 'bytes' },
    })
    expect(job.progress?.done).toBe(job.progress?.total)
    expect(job.resultBytes).toBe(JSON.stringify(job.result).length)
    expect(await workplace.run('jobs.get', { id: started.id })).toEqual(job)
    expect(await workplace.run('status', {})).toMatchObject({ documents: 2 })
  })

  test('that fails says why', async () => {
    const { id } = await start('index', { paths: [workplace.path('nowhere')] })
    expect(await ended(id)).toMatchObject({
      ...{ state: 'failed', result: null, resultBytes: null },
      error: { code: 'PATH_NOT_FOUND', details: { path: workplace.path('nowhere') } },
    })
  })

  test('is there after a restart, with its result', async () => {
    const { id } = await start('add', { documents: [{ id: 'a', text: 'one' }] })
    const before = await ended(id)
    await workplace.reopen()
    expect(await workplace.run('jobs.get', { id })).toEqual(before)
    expect(before).toMatchObject({ state: 'succeeded', result: { added: 1 } })
  })

  test('whose result is too large to keep has succeeded all the same', async () => {
    const documents = Array.from({ length: 6_000 }, (_, n) => ({ id: `${n}`, text: 'x' }))
    const odd = documents.map(({ text }, n) => ({ id: `${n}`.padStart(150, 'i'), text }))
    const { id } = await start('add', { documents: odd })
    const job = await ended(id)
    expect(job).toMatchObject({ state: 'succeeded', result: null })
    expect(job.resultBytes).toBeGreaterThan(2 ** 20)
    expect((await workplace.run('status', {})).documents).toBe(6_000)
  })

  test('cancelled while it runs keeps what is committed, and its index goes on where it stopped', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1_500 }, (_, n) => [`docs/${n}.md`, `# ${n}\n\n${'A line of text. '.repeat(40)}\n`]),
    )
    workplace.write(files)
    const { id } = await start('index', { paths: [workplace.path('docs')] })
    for await (const { state, progress } of watchJob(workplace.parts, id, { signal: AbortSignal.timeout(60_000) })) {
      if (state === 'running' && (progress?.chunks ?? 0) > 0) await workplace.run('jobs.cancel', { id })
    }
    expect(await ended(id)).toMatchObject({ state: 'cancelled', error: null, result: null, cancelling: false })
    const { documents } = await workplace.run('status', {})
    expect(documents).toBeGreaterThan(0)
    expect(documents).toBeLessThan(1_500)
    const again = await start('index', { paths: [workplace.path('docs')] })
    expect(await ended(again.id)).toMatchObject({ result: { reports: [{ added: 1_500 - documents }] } })
  }, 120_000)

  test('that waits is cancelled before it begins', async () => {
    workplace.write({ 'docs/a.md': 'a' })
    const started = await Promise.all([1, 2, 3, 4, 5].map(() => start('index', { paths: [workplace.path('docs')] })))
    const last = started.at(-1)?.id as string
    expect(await workplace.run('jobs.cancel', { id: last })).toMatchObject({ state: 'cancelled', attempts: 0 })
    for (const { id } of started.slice(0, -1)) expect(await ended(id)).toMatchObject({ state: 'succeeded' })
    expect(await workplace.run('jobs.get', { id: last })).toMatchObject({ state: 'cancelled', startedAt: null })
  })

  test('ends with the parts: one that can go on waits for the next start, another is interrupted', async () => {
    workplace.write(
      Object.fromEntries(
        Array.from({ length: 2_000 }, (_, n) => [`docs/${n}.md`, `# ${n}\n\n${'Text. '.repeat(80)}\n`]),
      ),
    )
    const index = await start('index', { paths: [workplace.path('docs')] })
    const documents = Array.from({ length: 6_000 }, (_, n) => ({ id: `${n}`, text: `text ${n} `.repeat(3) }))
    const add = await start('add', { documents })
    for await (const { state } of watchJob(workplace.parts, add.id, { signal: AbortSignal.timeout(30_000) })) {
      if (state === 'running') break
    }
    await workplace.reopen({ embeddings: false })
    expect(await workplace.run('jobs.get', { id: add.id })).toMatchObject({ state: 'interrupted', result: null })
    expect(await workplace.run('jobs.get', { id: index.id })).toMatchObject({ state: 'queued', attempts: 1 })
    await (await jobRunner(workplace.parts, operationNamed)).resume()
    expect(await ended(index.id)).toMatchObject({ state: 'succeeded', attempts: 2 })
    expect(await workplace.run('collections.get', { name: 'docs' })).toMatchObject({ documents: 2_000 })
  }, 120_000)
})

describe('who may do what', () => {
  test('nobody runs as a job what they may not run at once', async () => {
    const read: Asker = { access: 'read', key: 'k0' }
    for (const [asker, operation, input, needs] of [
      [WRITER, 'index', { paths: ['/'] }, 'admin'],
      [WRITER, 'eval', { folder: '/' }, 'admin'],
      [WRITER, 'models.add', { path: '/' }, 'admin'],
      [read, 'add', { documents: [] }, 'write'],
    ] as const) {
      await expect(start(operation, input, asker)).rejects.toMatchObject({ code: 'ACCESS_DENIED', details: { needs } })
    }
    expect((await workplace.run('jobs', {})).jobs).toEqual([])
    const { id } = await start('add', { documents: [] }, WRITER)
    expect((await ended(id)).state).toBe('succeeded')
  })

  test('jobs are seen and cancelled by whoever started them, and by an admin', async () => {
    const { id } = await start('add', { documents: [] }, WRITER)
    const other = await start('add', { documents: [] }, OTHER)
    await ended(id)
    await ended(other.id)
    const seen = async (asker: Asker) => (await workplace.run('jobs', {}, { asker })).jobs.map((job) => job.id)
    expect([await seen(WRITER), await seen(OTHER), await seen(ADMIN)]).toEqual([[id], [other.id], [other.id, id]])
    expect(await workplace.run('jobs.get', { id }, { asker: ADMIN })).toMatchObject({ owner: 'k1' })
    for (const name of ['jobs.get', 'jobs.cancel'] as const) {
      await expect(workplace.run(name, { id }, { asker: OTHER })).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    }
  })
})

describe('what is refused', () => {
  test.each([
    ['an operation that answers at once', { operation: 'status' }, 'INVALID_INPUT', 'operation'],
    ['a job of jobs', { operation: 'jobs.start', input: {} }, 'INVALID_INPUT', 'operation'],
    ['an unknown operation', { operation: 'toString' }, 'OPERATION_UNKNOWN', 'operation'],
    ['an input that is none', { operation: 'index', input: { paths: [7] } }, 'INVALID_INPUT', 'input.paths.0'],
    ['an unknown field in it', { operation: 'index', input: { pths: [] } }, 'INVALID_INPUT', 'input.pths'],
    ['a list as input', { operation: 'index', input: [] }, 'INVALID_INPUT', 'input'],
    [
      'too much input',
      { operation: 'add', input: { documents: [{ id: 'a', text: 'x'.repeat(2 ** 20) }] } },
      'INVALID_INPUT',
      'input',
    ],
  ])('%s', async (_, input, code, field) => {
    await expect(workplace.run('jobs.start', input)).rejects.toMatchObject({ code, details: { field } })
    expect((await workplace.run('jobs', {})).jobs).toEqual([])
  })

  test('a job that is not there, and a cursor that is none', async () => {
    await expect(workplace.run('jobs.get', { id: 'job_x' })).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await expect(workplace.run('jobs.cancel', { id: 'job_x' })).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await expect(workplace.run('jobs', { cursor: 'x' })).rejects.toMatchObject({ details: { field: 'cursor' } })
  })
})

test('jobs come page by page, newest first', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.unshift((await start('add', { documents: [] })).id)
  const pages: string[][] = []
  let cursor: string | null = null
  do {
    const page: { jobs: { id: string }[]; cursor: string | null } = await workplace.run('jobs', {
      limit: 2,
      ...(cursor !== null && { cursor }),
    })
    pages.push(page.jobs.map(({ id }) => id))
    cursor = page.cursor
  } while (cursor !== null)
  expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
  expect(pages.flat()).toEqual(ids)
  for (const id of ids) await ended(id)
  expect((await workplace.run('jobs', { states: ['queued', 'running'] })).jobs).toEqual([])
})

test('whoever stops watching is forgotten', async () => {
  workplace.write({ 'docs/a.md': 'a' })
  const { id } = await start('index', { paths: [workplace.path('docs')] })
  const signal = new AbortController()
  const watching = (async () => {
    for await (const _ of watchJob(workplace.parts, id, signal)) signal.abort()
  })()
  await watching
  for await (const _ of watchJob(workplace.parts, id, { signal: AbortSignal.timeout(30_000) })) break
  expect(await listening(workplace.parts)).toBe(0)
  await ended(id)
  expect(await listening(workplace.parts)).toBe(0)
})
