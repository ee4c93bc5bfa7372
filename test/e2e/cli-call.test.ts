import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATION_NAMES } from '../../src/interfaces/wire/operations.ts'
import { build, newUser, type User } from '../support/cli.ts'

let user: User
beforeAll(async () => {
  await build()
  user = newUser()
  user.write({ 'foreign.db': 'no database\n'.repeat(500) })
}, 180_000)
afterAll(() => user?.remove())

const BREAD = { documents: [{ id: 'bread', text: 'Let the dough rise overnight.', metadata: { year: 1850 } }] }

describe('semdex call', () => {
  test('adds a document, and finds it', async () => {
    const added = await user.semdex(['call', 'add', JSON.stringify(BREAD)])
    expect({ ...added, stdout: JSON.parse(added.stdout) }).toMatchObject({
      status: 0,
      stderr: '',
      stdout: { added: 1, failed: 0, results: [{ ok: true, id: 'bread' }] },
    })
    const found = JSON.parse((await user.semdex(['call', 'search', '{"query": "rising dough"}'])).stdout)
    expect(found.hits).toMatchObject([{ documentId: 'bread', metadata: { year: 1850 } }])
    expect(found.hits).toEqual((await user.json(['search', 'rising dough', '--no-index'])).hits)
  })

  test('takes its input from stdin, with - and without', async () => {
    const stdin = '{"query": "dough", "limit": 1}\n'
    for (const args of [['-'], []]) {
      const { results } = await user.json(['call', 'search.semantic', ...args], { stdin })
      expect(results).toMatchObject([{ text: 'Let the dough rise overnight.' }])
    }
    expect((await user.json(['call', 'status'], { stdin: '' })).documents).toBe(1)
    expect((await user.json(['call', 'status'], { stdin: ' \n' })).documents).toBe(1)
    expect((await user.json(['call', 'status', '{}'], { stdin: 'no JSON' })).documents).toBe(1)
  })

  test('prints vectors as lists of numbers', async () => {
    const { results } = await user.json(['call', 'embed', '{"texts": ["hello"]}'])
    const [vector] = results.map(({ embedding }: { embedding: unknown }) => embedding)
    expect(Array.isArray(vector)).toBe(true)
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
  })

  test('ends with 0 where the operation answers, also of items that failed', async () => {
    const documents = [
      { id: 'bread', text: 'again' },
      { id: 'other', text: 'good' },
    ]
    const { status, stdout } = await user.semdex(['call', 'add', JSON.stringify({ documents, ifExists: 'fail' })])
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ added: 1, failed: 1, results: [{ ok: false }, { ok: true }] })
  })

  test('runs a job to its end, and says where it failed', async () => {
    user.write({ 'notes/a.md': '# A\n\nSome words.\n' })
    const index = await user.json(['call', 'jobs.start', '{"operation": "index", "input": {"paths": ["notes"]}}'])
    const wrong = await user.semdex(['call', 'jobs.start', '{"operation": "eval", "input": {"folder": "/none"}}'])
    expect(wrong.status).toBe(0)
    expect(wrong.stderr).toMatch(/^warning: The job job_\S+ failed: \/none/)
    const { jobs } = await user.json(['call', 'jobs'])
    expect(jobs).toMatchObject([
      { operation: 'eval', state: 'failed' },
      { id: index.id, state: 'succeeded' },
    ])
  })

  test('lists every operation', async () => {
    const { operations } = await user.json(['call', '--list'])
    expect(operations.map(({ name }: { name: string }) => name)).toEqual(OPERATION_NAMES)
    const { status, stdout } = await user.semdex(['call', '--list'])
    expect(status).toBe(0)
    expect(stdout.replace(/ +/g, ' ')).toContain('\nmemory.forget ')
    expect(stdout.trim().split('\n').length).toBe(OPERATION_NAMES.length)
  })

  test('completes their names', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      expect((await user.semdex(['completion', shell])).stdout).toContain('search.semantic')
    }
  })
})

const MANY = 200
const windows = process.platform === 'win32' ? ' [skipped: Windows has no signals]' : ''
describe.skipIf(windows)(`Ctrl-C ends it with 130, and what is done is kept${windows}`, () => {
  const input = { paths: ['many'] }

  test.each([
    ['index', input, 0],
    ['jobs.start', { operation: 'index', input }, 1],
  ])('semdex call %s', { timeout: 120_000 }, async (name, given, answers) => {
    const many = newUser()
    const words = (seed: number) => Array.from({ length: 150 }, (_, i) => `w${(seed * 7919 + i * 104_729) % 9973}`)
    const texts = Array.from({ length: MANY }, (_, i) => [`many/${i}.md`, `# ${i}\n\n${words(i).join(' ')}\n`])
    many.write(Object.fromEntries(texts))
    const child = many.start(['call', name, JSON.stringify(given), '--json'])
    let printed = ''
    child.stdout?.on('data', (part) => (printed += part))
    const ended = once(child, 'exit')
    while ((await many.json(['status'])).documents === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    child.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    expect(printed.split('\n').length - 1).toBe(answers)
    const { documents } = await many.json(['status'])
    expect(documents).toBeGreaterThan(0)
    expect(documents).toBeLessThan(MANY)
    expect((await many.json(['call', 'jobs'])).jobs.map(({ state }: { state: string }) => state)).toEqual(
      Array(answers).fill('queued'),
    )
    many.remove()
  })
})

/** [arguments, stdin, exit code, code of the error, its field, its fix] */
const WRONG: [string[], string, number, string, string | null, RegExp | null][] = [
  [['call'], '', 2, 'INVALID_INPUT', 'operation', /semdex call --list/],
  [['call', 'serch'], '', 2, 'OPERATION_UNKNOWN', null, /did you mean search\?/],
  [['call', 'no.such.thing', '{}'], '', 2, 'OPERATION_UNKNOWN', null, /semdex call --list/],
  [['call', 'toString'], '', 2, 'OPERATION_UNKNOWN', null, /--list/],
  [['call', 'add', '{"documents":'], '', 2, 'INVALID_INPUT', 'input', null],
  [['call', 'add', ''], '', 2, 'INVALID_INPUT', 'input', null],
  [['call', 'compact', '-'], '', 2, 'INVALID_INPUT', 'input', null],
  [['call', 'status'], 'no JSON', 2, 'INVALID_INPUT', 'input', null],
  [['call', 'status', '['.repeat(200)], '', 2, 'INVALID_INPUT', 'input', null],
  [['call', 'status', '[]'], '', 2, 'INVALID_INPUT', null, null],
  [['call', 'status', 'null'], '', 2, 'INVALID_INPUT', null, null],
  [['call', 'search', '{"query": "x", "limit": "3"}'], '', 2, 'INVALID_INPUT', 'limit', null],
  [['call', 'search', '{"query": "x", "unheardOf": 1}'], '', 2, 'INVALID_INPUT', 'unheardOf', null],
  [['call', 'search', '{"query": "x"}', 'more'], '', 2, 'INVALID_INPUT', null, /semdex call --help/],
  [['call', 'artifacts.get', '{"id": "none"}'], '', 2, 'COLLECTION_NOT_FOUND', null, null],
  [['call', 'jobs.get', '{"id": "none"}'], '', 2, 'JOB_NOT_FOUND', null, null],
  [['call', 'models.verify', '{"model": "e5-small-v2"}'], '', 5, 'MODEL_NOT_INSTALLED', null, null],
  [['call', 'status', '--db', 'foreign.db'], '', 4, 'DATABASE_CORRUPT', null, null],
]

describe('what cannot be right', () => {
  test.each(WRONG)('semdex %j with %j ends with %i and %s', async (args, stdin, status, code, field, fix) => {
    const forPrograms = await user.semdex([...args, '--json'], { stdin })
    expect({ status: forPrograms.status, stdout: forPrograms.stdout }).toEqual({ status, stdout: '' })
    const { error } = JSON.parse(forPrograms.stderr.trim())
    expect(error.code).toBe(code)
    expect(error.details?.field ?? null).toBe(field)
    const forPeople = await user.semdex(args, { stdin })
    expect(forPeople).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(/^semdex: /) })
    if (fix) expect(forPeople.stderr).toMatch(fix)
  })

  test('an operation that is unknown has the known ones in its details', async () => {
    const { stderr } = await user.semdex(['call', 'none', '--json'])
    expect(JSON.parse(stderr).error.details).toEqual({ operation: 'none', known: OPERATION_NAMES })
  })
})
