import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BINARY, build, newUser, type User } from '../support/cli.ts'
import { run } from '../support/processes.ts'

const FILES = 48
/** So many that a run is far from its end when its first documents are there. */
const MANY = 240
const PER_FILE = 2

/** Sections that each become a chunk, no two alike. */
function notes(version: number, count = FILES): Record<string, string> {
  const files: Record<string, string> = {}
  for (let file = 0; file < count; file++) {
    const sections = Array.from({ length: PER_FILE }, (_, part) => section(file * PER_FILE + part, version))
    files[`notes/${file}.md`] = sections.join('\n')
  }
  return files
}

function section(number: number, version: number): string {
  const words = Array.from({ length: 50 }, (_, i) => `w${(number * 7919 + i * 104_729 + version * 31) % 9973}`)
  return `# Section ${number}\n\nmarker${number}v${version} ${words.join(' ')}.\n`
}

let user: User
beforeAll(build, 180_000)
afterEach(() => user.remove())

/** Every file's document is whole, in its last version, and there once. */
async function expectWhole(version: number): Promise<void> {
  const status = await user.json(['status'])
  const [{ chunks }] = (await reference(version)).reports
  expect(status).toMatchObject({ documents: FILES, pending: 0, failed: 0, chunks })
  for (const number of [0, 41, FILES * PER_FILE - 1]) {
    const answer = await user.json(['search', `marker${number}v${version}`, '--mode', 'lexical', '--no-index'])
    expect(answer.hits.length).toBe(1)
    expect(answer.hits[0].more).toEqual([])
  }
}

const references = new Map<number, Promise<{ reports: { chunks: number }[] }>>()

/** What one undisturbed run makes of the same files, in another database. */
function reference(version: number) {
  const known = references.get(version) ?? user.json(['index', 'notes', '--db', 'reference.db'])
  references.set(version, known)
  return known
}

describe('semdex index', () => {
  test('killed ten times at random moments, loses nothing and leaves no duplicate', { timeout: 300_000 }, async () => {
    user = newUser({ SEMDEX_WORKERS: '2' })
    user.write(notes(1))
    await reference(1)
    const seen: number[] = []
    for (let kill = 0; kill < 10; kill++) {
      const child = user.start(['index', 'notes'])
      const ended = once(child, 'exit')
      const wait = new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 900))
      await Promise.race([wait, ended])
      child.kill('SIGKILL')
      await ended
      const { documents } = await user.json(['status'])
      seen.push(documents)
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    const [report] = (await user.json(['index', 'notes'])).reports
    expect(report.failed).toBe(0)
    expect(report.added + (seen.at(-1) as number)).toBe(FILES)
    await expectWhole(1)
    expect(await user.json(['doctor'])).toMatchObject({ healthy: true })
  })

  const windows = process.platform === 'win32' ? ' [skipped: Windows has no signals]' : ''
  test.skipIf(windows)(
    `stopped by Ctrl-C ends with 130 and keeps what is done${windows}`,
    { timeout: 180_000 },
    async () => {
      user = newUser()
      user.write(notes(2, MANY))
      const child = user.start(['index', 'notes', '--json'])
      let stdout = ''
      let stderr = ''
      child.stdout?.on('data', (part) => (stdout += part))
      child.stderr?.on('data', (part) => (stderr += part))
      const ended = once(child, 'exit')
      while ((await user.json(['status'])).documents === 0) await new Promise((resolve) => setTimeout(resolve, 50))
      child.kill('SIGINT')
      const [code, signal] = await ended
      expect({ code, signal, stdout, stderr }).toEqual({ code: 130, signal: null, stdout: '', stderr: '' })
      const { documents } = await user.json(['status'])
      expect(documents).toBeGreaterThan(0)
      expect(documents).toBeLessThan(MANY)
      const [report] = (await user.json(['index'])).reports
      expect(report).toMatchObject({ added: MANY - documents, unchanged: documents, failed: 0 })
    },
  )

  test('two processes at once index the same folder into one database', { timeout: 180_000 }, async () => {
    user = newUser()
    user.write(notes(3))
    const both = await Promise.all([user.semdex(['index', 'notes']), user.semdex(['index', 'notes'])])
    expect(both.map(({ status, stderr }) => ({ status, stderr }))).toEqual([
      { status: 0, stderr: '' },
      { status: 0, stderr: '' },
    ])
    await expectWhole(3)
  })
})

describe('a reader that closes the pipe', () => {
  const shell = process.platform === 'win32' ? ' [skipped: Windows has no such shell]' : ''
  test.skipIf(shell)(`ends semdex silently${shell}`, async () => {
    user = newUser()
    const texts = Array.from({ length: 3_000 }, (_, i) => `text ${i}`).join('\n')
    user.write({ 'texts.txt': texts })
    const command = `"${process.execPath}" "${BINARY}" embed < texts.txt | head -c 10; echo "[\${PIPESTATUS[0]}]"`
    const { stdout, stderr } = await run('bash', ['-c', command], { cwd: user.folder, env: user.env })
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^\{"index":0\[0\]\n$/)
  })
})
