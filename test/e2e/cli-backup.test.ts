import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'

let user: User
beforeAll(build, 180_000)
beforeEach(async () => {
  user = newUser({ SEMDEX_EMBEDDINGS: 'off', SEMDEX_WARM_UP: 'off' })
  user.write({ 'notes/bread.md': '# Bread\n\nKnead the dough.\n', 'notes/soup.md': '# Soup\n\nBoil the onions.\n' })
  await user.json(['index', 'notes'])
}, 60_000)
afterEach(() => user.remove())

const count = async () => (await user.json(['status'])).documents

/** What a server wrote to stderr until it has answered `until`, and what that gave. */
async function serveUntil<T>(until: (url: string) => Promise<T | null>): Promise<{ log: string; found: T | null }> {
  const server = user.start(['serve', '--port', '0', '--json'])
  let log = ''
  server.stderr?.on('data', (text) => {
    log += text
  })
  const [first] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  const { url } = JSON.parse(`${first}`)
  let found: T | null = null
  for (let n = 0; n < 100 && found === null; n++, await pause(100)) found = await until(url)
  server.kill('SIGTERM')
  await once(server, 'exit')
  return { log, found }
}

test('backup, list, verify, restore: and what was there is kept', { timeout: 60_000 }, async () => {
  const { status, stdout } = await user.semdex(['backup', 'copy.db'])
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/^Backed up to .*\/copy\.db: .* 2 documents and 0 vectors/),
  ])
  expect((await user.semdex(['backup', 'copy.db'])).status).toBe(2)
  const { path, kind } = await user.json(['backup'])
  expect(kind).toBe('manual')
  expect((await user.semdex(['backup', 'list'])).stdout).toContain(path)
  expect((await user.semdex(['backup', 'verify', 'copy.db'])).stdout).toMatch(/^ok .*2 searches found what they should/)
  await user.json(['delete', '--all', '-c', 'notes'])
  const refused = await user.semdex(['backup', 'restore', 'copy.db'])
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('--force')])
  expect(await count()).toBe(0)
  const { keptAs } = await user.json(['backup', 'restore', 'copy.db', '--force'])
  expect(await count()).toBe(2)
  expect(existsSync(keptAs)).toBe(true)
  writeFileSync(`${user.folder}/copy.db`, readFileSync(`${user.folder}/copy.db`).fill(1, 20_000, 60_000))
  expect((await user.semdex(['backup', 'verify', 'copy.db'])).stderr).toContain('is damaged')
})

test('restore is refused while a server has the database', { timeout: 60_000 }, async () => {
  await user.json(['backup', 'copy.db'])
  const { found } = await serveUntil(async (url) => {
    if ((await fetch(`${url}/readyz`)).status !== 200) return null
    return user.semdex(['backup', 'restore', 'copy.db', '--force'])
  })
  expect([found?.status, found?.stderr]).toEqual([4, expect.stringContaining('open')])
  expect(await count()).toBe(2)
})

test('a server makes the daily backup once, however often it is started', { timeout: 90_000 }, async () => {
  const folder = `${user.database}.backups`
  const names = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.automatic.db')) : [])
  const { found } = await serveUntil(async () => names()[0] ?? null)
  expect(found).toMatch(/^semdex-\d{8}T\d{9}Z\.automatic\.db$/)
  let looks = 0
  await serveUntil(async () => (++looks > 25 ? true : null))
  expect(names()).toEqual([found])
})

test('a damaged database is said by the server, /readyz and doctor, and is not backed up', {
  timeout: 90_000,
}, async () => {
  const bytes = readFileSync(user.database)
  writeFileSync(user.database, bytes.fill(1, Math.floor(bytes.length / 2 / 8192) * 8192, bytes.length))
  const { log, found } = await serveUntil(async (url) => {
    const answer = await fetch(`${url}/readyz`)
    return answer.status === 503 ? answer.json() : null
  })
  expect(found).toMatchObject({
    status: 'unavailable',
    error: { code: 'DATABASE_CORRUPT', fix: expect.stringContaining('backup restore') },
  })
  expect(log).toMatch(/is damaged \([^()]*\)\. .*semdex backup restore/)
  expect(existsSync(`${user.database}.backups`)).toBe(false)
  const { status, stderr } = await user.semdex(['backup', 'copy.db'])
  expect([status === 0, stderr]).toEqual([false, expect.stringContaining('semdex doctor')])
  expect(stderr).not.toMatch(/\.partial|\.\.\n/)
  const { checks } = JSON.parse((await user.semdex(['doctor', '--json'])).stdout)
  const integrity = checks.find(({ name }: { name: string }) => name === 'integrity')
  expect(integrity).toMatchObject({ status: 'failed', fix: expect.stringContaining('backup restore') })
})

test('export and import, through files and pipes; compact gives space back', { timeout: 60_000 }, async () => {
  expect((await user.semdex(['export', '--out', 'all.jsonl'])).stdout).toMatch(/^Exported 2 documents of 1 collection/)
  expect((await user.semdex(['export', '--out', 'all.jsonl'])).status).toBe(2)
  const piped = (await user.semdex(['export', '-c', 'notes'])).stdout
  expect(piped.split('\n').slice(1)).toEqual(readFileSync(`${user.folder}/all.jsonl`, 'utf8').split('\n').slice(1))
  const other = { SEMDEX_DB: `${user.folder}/other.db` }
  const broken = piped.replace('"format":"markdown"', '"format":"pdf"')
  const { status, stderr, stdout } = await user.semdex(['import', '-'], { stdin: broken, env: other })
  expect([status, stderr, stdout]).toEqual([
    3,
    expect.stringContaining('line 3:'),
    expect.stringMatching(/^Imported 1 document\.\n1 line/),
  ])
  expect((await user.semdex(['import', 'all.jsonl'], { env: other })).stdout).toBe('Imported 2 documents.\n')
  expect((await user.semdex(['search', 'dough', '--no-index'], { env: other })).stdout).toContain('bread.md')
  await user.json(['delete', '--all', '-c', 'notes'], { env: other })
  const before = statSync(other.SEMDEX_DB).size
  expect((await user.semdex(['compact'], { env: other })).stdout).toMatch(/The database took .* and now takes/)
  expect(statSync(other.SEMDEX_DB).size).toBeLessThan(before)
})

test('Ctrl-C ends an import that waits for its next line, and keeps those that came', { timeout: 60_000 }, async () => {
  const lines = (await user.semdex(['export', '-c', 'notes'])).stdout.split('\n')
  const other = `${user.folder}/other.db`
  const child = user.start(['import', '-', '--db', other])
  let stderr = ''
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  const ended = once(child, 'exit')
  // The header, the collection and one document; nothing says when it has read them but that the collection is there.
  child.stdin?.write(`${lines.slice(0, 3).join('\n')}\n${lines[3]?.slice(0, 50)}`)
  const made = async () => (await user.json(['collections', '--db', other])).collections.length
  await expect.poll(made, { timeout: 20_000 }).toBe(1)
  await pause(200)
  child.kill('SIGINT')
  expect(await ended).toEqual([130, null])
  expect(stderr).toContain('The import broke off after line 3: 1 document is imported.')
  expect((await user.json(['documents', '-c', 'notes', '--db', other])).documents).toHaveLength(1)
})
