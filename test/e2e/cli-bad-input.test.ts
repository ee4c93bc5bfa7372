import { chmodSync, closeSync, copyFileSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'

const LEXICAL = { SEMDEX_EMBEDDINGS: 'off' }
const TRACE = /^ {4}at |node:internal|INTERNAL/m

let user: User
beforeAll(async () => {
  await build()
  user = newUser()
  user.write({
    'docs/bread.md': '# Bread\n\nKnead the dough AND bake the loaf.\n',
    'docs/cpp.md': '# C++\n\nIn c++ the foo-bar of a:b is not "quoted".\n',
  })
  await user.json(['index', 'docs'])
}, 180_000)
afterAll(() => user.remove())

/** [arguments, exit code, code of the error, what the message says] */
const WRONG: [string[], number, string, RegExp][] = [
  [['search', ''], 2, 'INVALID_INPUT', /query is empty/],
  [['search', ' \t\n'], 2, 'INVALID_INPUT', /query is empty/],
  [['search'], 2, 'INVALID_INPUT', /needs <query>/],
  [['search', 'x', 'no/such/path'], 2, 'PATH_NOT_FOUND', /no file or folder .*no\/such\/path/],
  [['index', 'no/such/path'], 2, 'PATH_NOT_FOUND', /no file or folder/],
  [['search', 'x', '--limit', '0'], 2, 'INVALID_INPUT', /limit/],
  [['search', 'x', '--limit', '1001'], 2, 'INVALID_INPUT', /limit/],
  [['search', 'x', '--limit', 'abc'], 2, 'INVALID_INPUT', /--limit takes a whole number, not abc/],
  [['search', 'x', '-n'], 2, 'INVALID_INPUT', /-n needs a value/],
  [['search', 'x', '--limit='], 2, 'INVALID_INPUT', /--limit needs a value/],
  [['search', 'x', '--mode', 'fuzzy'], 2, 'INVALID_INPUT', /one of hybrid, vector, lexical, not fuzzy/],
  [['search', 'x', '--min-similarity', '2'], 2, 'INVALID_INPUT', /minSimilarity/],
  [['search', 'x', '--mode', 'lexical', '--min-similarity', '.5'], 2, 'INVALID_INPUT', /needs the model/],
  [['search', 'x', '--filter', 'lang~en'], 2, 'INVALID_INPUT', /does not understand lang~en/],
  [['search', 'x', '--filter', '{"a":'], 2, 'INVALID_INPUT', /is not JSON/],
  [['search', 'x', '--filter', '{"a":{"$near":1}}'], 2, 'INVALID_INPUT', /\$near/],
  [['search', 'x', '--collection', 'nope'], 2, 'COLLECTION_NOT_FOUND', /no collection nope/],
  [['search', 'x', '--model', 'nope'], 2, 'MODEL_UNKNOWN', /no model nope/],
  [['search', 'x', '--max-file-size', 'huge'], 2, 'INVALID_INPUT', /a size as 500k/],
  [['search', 'x', '--explain=yes'], 2, 'INVALID_INPUT', /--explain takes no value/],
  [['embed', 'x', '--model', 'nope'], 2, 'MODEL_UNKNOWN', /no model nope/],
  [['embed', '--file', 'nope.txt'], 2, 'PATH_NOT_FOUND', /no file nope\.txt/],
  [['embed', '--file', 'docs'], 2, 'PATH_UNREADABLE', /docs cannot be read/],
  [['get', 'docs/none.md'], 2, 'DOCUMENT_NOT_FOUND', /none\.md/],
  [['get', 'docs/bread.md:9-12'], 2, 'INVALID_INPUT', /has 3 lines/],
  [['get', 'docs/bread.md:3-1'], 2, 'INVALID_INPUT', /lower to the higher/],
  [['get', 'chunk-99999'], 2, 'DOCUMENT_NOT_FOUND', /chunk-99999/],
  [['collections', 'show', 'nope'], 2, 'COLLECTION_NOT_FOUND', /nope/],
  [['collections', 'drop', 'nope'], 2, 'COLLECTION_NOT_FOUND', /nope/],
  [['collections', 'create', 'docs'], 2, 'COLLECTION_EXISTS', /docs/],
  [['collections', 'create', '../x'], 2, 'INVALID_INPUT', /name/],
  [['memory'], 2, 'INVALID_INPUT', /needs another word: capture, recall/],
  [['memory', 'captur'], 2, 'INVALID_INPUT', /no verb memory captur/],
  [['models', 'show', 'nope'], 2, 'MODEL_UNKNOWN', /nope/],
  [['models', 'verify', 'e5-small-v2'], 5, 'MODEL_NOT_INSTALLED', /e5-small-v2/],
  [['eval', 'docs'], 2, 'PATH_NOT_FOUND', /./],
  [['import', 'docs'], 2, 'PATH_UNREADABLE', /docs cannot be used/],
  [['import', 'nope.jsonl'], 2, 'PATH_NOT_FOUND', /no file .*nope\.jsonl/],
  [['completion', 'tcsh'], 2, 'INVALID_INPUT', /no completion for tcsh/],
  [['status', '--config', 'none.json'], 2, 'CONFIGURATION_INVALID', /none\.json/],
]

describe('a request that cannot be right', () => {
  test.each(WRONG)('semdex %j ends with %i and %s', async (args, exitCode, code, message) => {
    const forPeople = await user.semdex(args)
    expect({ status: forPeople.status, stdout: forPeople.stdout }).toEqual({ status: exitCode, stdout: '' })
    expect(forPeople.stderr).toMatch(/^semdex: /)
    expect(forPeople.stderr).toMatch(message)
    expect(forPeople.stderr).not.toMatch(TRACE)
    const forPrograms = await user.semdex([...args, '--json'])
    expect({ status: forPrograms.status, stdout: forPrograms.stdout }).toEqual({ status: exitCode, stdout: '' })
    const { error } = JSON.parse(forPrograms.stderr.trim())
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test.each([
    [['serch', 'x'], 'did you mean search?'],
    [['search', 'x', '--limt', '3'], 'did you mean --limit?'],
    [['search', 'x', '--no-idnex'], 'did you mean --no-index?'],
    [['--jsn', 'status'], 'did you mean --json?'],
    [['collections', 'crate'], 'did you mean create?'],
    [['status', '--limit', '3'], 'semdex status --help'],
    [['memory'], 'semdex memory --help'],
    [['memory', 'captur'], 'did you mean capture?'],
    [['search', 'x', '-z'], 'semdex search --help'],
  ])('semdex %j: %s', async (args, suggestion) => {
    const { status, stdout, stderr } = await user.semdex(args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(`→ ${suggestion}`)
  })
})

describe('a query is text, never syntax', () => {
  test.each(['AND', 'OR NOT', '"', '"foo', 'foo-bar', 'a:b', 'c++', '*', '(', 'NEAR(a b)', '...', '-x', '\\', "'; --"])(
    '%s is answered in every mode',
    async (query) => {
      for (const mode of ['hybrid', 'vector', 'lexical']) {
        const answer = await user.json(['search', '--mode', mode, '--no-index', '--', query])
        expect(answer).toMatchObject({ query, mode, degraded: null })
        if (mode !== 'lexical') expect(answer.hits.length).toBe(2)
      }
    },
  )

  test('finds c++, foo-bar and a:b', async () => {
    for (const query of ['c++', 'foo-bar', 'a:b']) {
      const { hits } = await user.json(['search', query, '--no-index'])
      expect(hits[0].path).toMatch(/cpp\.md$/)
    }
  })
})

describe('files that are not what they should be', () => {
  const strange = newUser(LEXICAL)
  afterAll(() => strange.remove())

  test('an empty folder is answered', async () => {
    mkdirSync(`${strange.folder}/empty`)
    const { status, stdout } = await strange.semdex(['index', 'empty'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('no files to index') })
    expect((await strange.json(['search', 'x', 'empty'])).hits).toEqual([])
  })

  test('a file of 200 MB is skipped and counted', async () => {
    strange.write({ 'big/small.txt': 'A small file.\n' })
    const file = openSync(`${strange.folder}/big/large.txt`, 'w')
    ftruncateSync(file, 200_000_000)
    closeSync(file)
    const [report] = (await strange.json(['index', 'big'])).reports
    expect(report).toMatchObject({ added: 1, failed: 0 })
    expect(Object.values(report.skipped)).toEqual([1])
    const direct = await strange.semdex(['index', 'big/large.txt', '--json'])
    expect(direct.status).toBe(2)
    expect(JSON.parse(direct.stderr).error.code).toBe('FILE_TOO_LARGE')
  })

  test('text with invalid UTF-8 is indexed with a warning', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${'Plain words here. '.repeat(40)}\n`),
      Buffer.from([0xff]),
      Buffer.from(' end\n'),
    ])
    strange.write({ 'latin/text.txt': bytes })
    const { status, stderr } = await strange.semdex(['index', 'latin'])
    expect(status).toBe(0)
    expect(stderr).toMatch(/text\.txt is not valid UTF-8; 1 place in it became U\+FFFD/)
    expect((await strange.json(['search', 'plain words', 'latin'])).hits.length).toBe(1)
  })
})

describe('a database that cannot be used', () => {
  const unlucky = newUser(LEXICAL)
  afterAll(() => unlucky.remove())
  const failure = async (args: string[], options = {}) => {
    const { status, stdout, stderr } = await unlucky.semdex([...args, '--json'], options)
    expect(stdout).toBe('')
    expect(stderr).not.toMatch(TRACE)
    return { status, ...JSON.parse(stderr.trim().split('\n').at(-1) as string).error }
  }

  test('of a newer version', async () => {
    unlucky.write({ 'docs/a.md': 'A fox.\n' })
    await unlucky.json(['index', 'docs'])
    const newer = `${unlucky.folder}/newer.db`
    copyFileSync(unlucky.database, newer)
    const db = new Database(newer)
    db.pragma(`user_version = ${(db.pragma('user_version', { simple: true }) as number) + 1000}`)
    db.close()
    for (const verb of [['search', 'fox'], ['status'], ['index', 'docs']]) {
      expect(await failure([...verb, '--db', newer])).toMatchObject({ status: 4, code: 'DATABASE_NEWER' })
    }
  })

  test('that is no database, or of another program', async () => {
    writeFileSync(`${unlucky.folder}/text.db`, 'This is a letter, not a database. '.repeat(100))
    expect(await failure(['status', '--db', 'text.db'])).toMatchObject({ status: 4 })
    const db = new Database(`${unlucky.folder}/foreign.db`)
    db.exec('create table songs (title text)')
    db.close()
    expect(await failure(['status', '--db', 'foreign.db'])).toMatchObject({ status: 4, code: 'DATABASE_FOREIGN' })
    expect(await failure(['status', '--db', 'docs'])).toMatchObject({ status: 2, code: 'PATH_UNREADABLE' })
  })

  const isRoot = process.getuid?.() === 0
  const uid = isRoot ? { uid: 65_534 } : {}
  const skipped = process.platform === 'win32' ? ' [skipped: permissions of Windows are others]' : ''

  test.skipIf(skipped)(`whose folder cannot be written${skipped}`, async () => {
    const locked = `${unlucky.folder}/locked`
    mkdirSync(locked)
    chmodSync(locked, 0o555)
    chmodSync(`${unlucky.folder}/..`, 0o755)
    const answer = await failure(['index', 'docs', '--db', 'locked/deep/new.db'], uid)
    expect(answer).toMatchObject({ status: 4, code: 'DATABASE_READ_ONLY', fix: expect.stringContaining('--db') })
  })

  test.skipIf(skipped)(`that can only be read answers what is in it${skipped}`, async () => {
    const folder = `${unlucky.folder}/readonly`
    mkdirSync(folder)
    const file = `${folder}/semdex.db`
    copyFileSync(unlucky.database, file)
    chmodSync(file, 0o444)
    chmodSync(folder, 0o555)
    chmodSync(`${unlucky.folder}/..`, 0o755)
    const search = ['search', 'fox', '--db', file, '--json']
    const unchanged = await unlucky.semdex(search, uid)
    expect(unchanged.status).toBe(0)
    expect(JSON.parse(unchanged.stdout).hits.length).toBe(1)
    unlucky.write({ 'docs/b.md': 'Another fox.\n' })
    const { status, stdout, stderr } = await unlucky.semdex(search, uid)
    expect(status).toBe(0)
    expect(JSON.parse(stdout).hits.length).toBe(1)
    expect(stderr).toMatch(/What is new could not be indexed/)
    expect(await failure(['index', 'docs', '--db', file], uid)).toMatchObject({ status: 4, code: 'DATABASE_READ_ONLY' })
  })
})
