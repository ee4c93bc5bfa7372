import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callOperation } from '../../../src/interfaces/wire/call.ts'
import { findOperation, OPERATION_NAMES } from '../../../src/interfaces/wire/operations.ts'
import type { Access } from '../../../src/operations/operation.ts'
import { openWorkplace, type Workplace } from '../operations/support.ts'

let workplace: Workplace
beforeAll(() => {
  workplace = openWorkplace({ embeddings: false })
})
afterAll(() => workplace.close())

/** Refused by every operation, but only after it was decided that the caller may ask. */
const WRONG = { unheardOf: 1 }

async function codeOf(name: string, access: Access, input: unknown = WRONG): Promise<string> {
  const failure = callOperation(name, input, { parts: workplace.parts, access }).then(
    () => 'answered',
    (error: { code: string }) => error.code,
  )
  return failure
}

/** The least that each needs; a new operation has to be thought about here. */
const LEAST: Record<string, Access> = {
  search: 'read',
  'search.semantic': 'read',
  get: 'read',
  documents: 'read',
  status: 'read',
  embed: 'read',
  metrics: 'read',
  rerank: 'read',
  collections: 'read',
  'collections.get': 'read',
  models: 'read',
  'models.show': 'read',
  'embeddings.get': 'read',
  jobs: 'read',
  'jobs.get': 'read',
  'memory.recall': 'read',
  'memory.history': 'read',
  'memory.list': 'read',
  artifacts: 'read',
  'artifacts.get': 'read',
  'artifacts.search': 'read',
  'artifacts.history': 'read',
  'migrate.status': 'read',
  add: 'write',
  'add.files': 'write',
  delete: 'write',
  'embeddings.fill': 'write',
  backfill: 'write',
  'collections.create': 'write',
  'collections.update': 'write',
  'jobs.start': 'write',
  'jobs.cancel': 'write',
  'memory.capture': 'write',
  'memory.update': 'write',
  'memory.forget': 'write',
  'artifacts.put': 'write',
  'artifacts.remove': 'write',
  index: 'admin',
  'index.plan': 'admin',
  'collections.drop': 'admin',
  'models.pull': 'admin',
  'models.add': 'admin',
  'models.remove': 'admin',
  'models.verify': 'admin',
  keys: 'admin',
  'keys.create': 'admin',
  'keys.revoke': 'admin',
  eval: 'admin',
  'bench.embed': 'admin',
  doctor: 'admin',
  config: 'admin',
  migrate: 'admin',
  'migrate.plan': 'admin',
  'migrate.rollback': 'admin',
  'migrate.remove': 'admin',
  backup: 'admin',
  'backup.list': 'admin',
  'backup.verify': 'admin',
  export: 'admin',
  import: 'admin',
  compact: 'admin',
}

test('it is said of every operation who may run it', () => {
  expect(Object.keys(LEAST).sort()).toEqual([...OPERATION_NAMES].sort())
})

const ORDER: Access[] = ['read', 'write', 'admin']
describe.each(OPERATION_NAMES)('%s', (name) => {
  test.each(ORDER)('with a key that may %s', async (has) => {
    const needs = LEAST[name] as Access
    const may = ORDER.indexOf(has) >= ORDER.indexOf(needs)
    expect(await codeOf(name, has)).toBe(may ? 'INVALID_INPUT' : 'ACCESS_DENIED')
    if (!may) {
      const call = callOperation(name, WRONG, { parts: workplace.parts, access: has })
      await expect(call).rejects.toMatchObject({ details: { needs, has } })
    }
  })

  test('its own access is the same', async () => {
    expect((await findOperation(name)).access).toBe(LEAST[name])
  })
})

test('a job is started by whoever may run its operation at once', async () => {
  const job = (operation: string, input: object) => ({ operation, input })
  expect(await codeOf('jobs.start', 'write', job('index', { paths: ['/etc'] }))).toBe('ACCESS_DENIED')
  expect(await codeOf('jobs.start', 'write', job('models.pull', { model: 'gte-small' }))).toBe('ACCESS_DENIED')
  expect(await codeOf('jobs.start', 'write', job('keys.create', { name: 'a', scope: 'admin' }))).not.toBe('answered')
  expect(await codeOf('jobs.start', 'read', job('add', { documents: [] }))).toBe('ACCESS_DENIED')
})

test.each(['toString', '__proto__', 'constructor', '', 'Search', 'search ', 'collections.'])(
  '%j is no operation',
  async (name) => {
    expect(await codeOf(name, 'admin')).toBe('OPERATION_UNKNOWN')
  },
)

test('whoever asks is told before anything is done, and may be made to wait', async () => {
  const asked: string[] = []
  const onCall = async (name: string) => {
    asked.push(name)
    throw new Error('Wait.')
  }
  const call = callOperation('collections.create', { name: 'a' }, { parts: workplace.parts, access: 'admin', onCall })
  await expect(call).rejects.toThrow('Wait.')
  expect(asked).toEqual(['collections.create'])
  const { collections } = await workplace.run('collections', {})
  expect(collections).toEqual([])
})
