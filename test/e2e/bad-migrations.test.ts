import { readFileSync, renameSync } from 'node:fs'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'
import { query } from '../support/query.ts'
import { writeStaticModel } from '../support/static-model.ts'

const DOCUMENTS = 1_500
const NOUNS = ['harbour', 'planet', 'lizard', 'kettle', 'bridge', 'meadow', 'engine', 'violin', 'glacier', 'lantern']

let user: User
let to: string
let third: string
beforeAll(build, 180_000)
beforeEach(async () => {
  user = newUser()
  user.env.SEMDEX_MODEL = writeStaticModel(`${user.folder}/../old`, { dimensions: 24, seed: 3 })
  to = writeStaticModel(`${user.folder}/../new`, { dimensions: 40, seed: 5 })
  third = writeStaticModel(`${user.folder}/../third`, { dimensions: 32, seed: 9 })
  const notes = Array.from({ length: DOCUMENTS }, (_, i) => [
    `notes/n${i}.md`,
    `# The ${NOUNS[i % 10]} ${i}\n\nIt was near ${NOUNS[(i * 7) % 10]} ${i * 13}.\n`,
  ])
  user.write(Object.fromEntries(notes))
  await user.json(['index', 'notes', '-c', 'notes'])
}, 60_000)
afterEach(() => user.remove())

const migrate = (model: string) => ['migrate', '--to', model, '-c', 'notes', '--yes', '--queries', '0', '--json']
const search = () => user.json(['search', 'a lizard near the harbour', '-c', 'notes', '--mode', 'vector', '--no-index'])
const codeOf = (stderr: string) => JSON.parse(stderr.trim().split('\n').at(-1) as string).error.code

/** What is stored, without what a migration has made. */
async function stored(): Promise<string> {
  const { stdout } = await user.semdex(['export', '-c', 'notes'])
  const old = (line: string) => {
    const { exportedAt: _, document, ...rest } = JSON.parse(line)
    const chunks = document?.chunks.map(({ vectors, ...chunk }: { vectors: { vector: string }[] }) => ({
      ...chunk,
      // 24 numbers are 96 bytes, which are 128 characters.
      vectors: vectors.filter(({ vector }) => vector.length === 128),
    }))
    return JSON.stringify({ ...rest, document: document && { ...document, chunks } })
  }
  return stdout.trimEnd().split('\n').map(old).join('\n')
}

test('of two migrations at once one is made, and the other is refused and changes nothing', {
  timeout: 60_000,
}, async () => {
  const before = await stored()
  const ended = await Promise.all([user.semdex(migrate(to)), user.semdex(migrate(third))])
  const [won, lost] = [...ended].sort((a, b) => Number(a.status) - Number(b.status))
  expect(won?.status).toBe(0)
  expect(lost?.status).not.toBe(0)
  expect(['MIGRATION_RUNNING', 'MIGRATION_EXISTS']).toContain(codeOf(lost?.stderr ?? ''))
  expect(query(user.database, 'select count(*) from migrations')).toBe(1)
  expect(query(user.database, 'select count(distinct space) from vectors')).toBe(2)
  expect(await user.json(['migrate', '--rollback', '-c', 'notes'])).toMatchObject({ serving: 'old', filled: 0 })
  expect(await stored()).toBe(before)
})

test('a model that is taken away while a migration runs: it says so, the old one serves, and it goes on with the model', {
  timeout: 60_000,
}, async () => {
  const [before, found] = [await stored(), (await search()).hits]
  const child = user.start(migrate(to))
  let stderr = ''
  child.stdout?.resume()
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve))
  while (!begun()) await new Promise((resolve) => setTimeout(resolve, 1))
  renameSync(to, `${to}-away`)
  expect(await exited).not.toBe(0)
  expect(['MODEL_UNKNOWN', 'MODEL_NOT_INSTALLED', 'MODEL_DAMAGED']).toContain(codeOf(stderr))
  expect((await search()).hits).toEqual(found)
  expect(await stored()).toBe(before)
  expect((await user.semdex(migrate(to))).status).not.toBe(0)
  renameSync(`${to}-away`, to)
  const again = await user.json(migrate(to))
  expect(again).toMatchObject({ migrations: [{ ok: true, serving: 'new', waiting: { old: 0, new: 0 } }] })
})

test('vectors of the wrong length in an import cost their lines alone', { timeout: 60_000 }, async () => {
  await user.semdex(['export', '--out', 'all.jsonl'])
  const lines = readFileSync(`${user.folder}/all.jsonl`, 'utf8').split('\n')
  lines[5] = (lines[5] ?? '').replace(/"vector":"[^"]*"/, '"vector":"AACAPw=="')
  user.write({ 'bad.jsonl': lines.join('\n') })
  const before = await stored()
  const { status, stdout } = await user.semdex(['import', 'bad.jsonl', '--json'])
  expect(status).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ documents: DOCUMENTS - 1, failed: 1, complete: true },
    errors: [{ line: 6, error: { code: 'DIMENSION_MISMATCH' } }],
  })
  expect(await stored()).toBe(before)
})

/** Some vectors of the new model are there, and not all. */
function begun(): boolean {
  const count = query<number>(
    user.database,
    'select count(*) from vectors where space in (select new_space from migrations)',
  )
  return (count ?? 0) > 0
}
