import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { portablePath } from '../../src/core/text.ts'
import { walk } from '../../src/ingestion/walk.ts'

let root: string

beforeEach(() => {
  root = portablePath(realpathSync(mkdtempSync(join(tmpdir(), 'semdex-walk-'))))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('walk', () => {
  test('gives every file with its size, time and inode, ascending by path', async () => {
    put({ 'b.md': 'two', 'a/z.txt': 'three', 'a.md': 'x' })
    const { files } = await walk(root)
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      [`${root}/a.md`, 1],
      [`${root}/a/z.txt`, 5],
      [`${root}/b.md`, 3],
    ])
    for (const { modifiedAt, inode } of files) {
      expect(Math.abs(modifiedAt - Date.now())).toBeLessThan(60_000)
      expect(inode).toBeGreaterThan(0)
    }
  })

  test('skips and counts by reason', async () => {
    put({
      '.env': '',
      '.hidden/a.md': '',
      'node_modules/x/readme.md': '',
      'venv/pyvenv.cfg': '',
      'venv/lib.py': '',
      'target/CACHEDIR.TAG': '',
      'target/doc.md': '',
      'package-lock.json': '',
      'app.min.js': '',
      'logo.png': '',
      '.gitignore': 'secret.md\n',
      'secret.md': '',
      'kept.md': '',
    })
    writeFileSync(join(root, 'huge.log'), '')
    truncateSync(join(root, 'huge.log'), 200_000_000)
    const { files, skipped } = await walk(root)
    expect(names(files)).toEqual(['kept.md'])
    expect(skipped).toEqual({ hidden: 3, dependencies: 3, generated: 2, binary: 1, ignored: 1, oversized: 1 })
  })

  test('takes hidden files where asked to, but never .git', async () => {
    put({ '.github/ci.yml': '', '.git/config': '', '.note.md': '' })
    expect(names((await walk(root, { hidden: true })).files)).toEqual(['.github/ci.yml', '.note.md'])
  })

  test('.semdexignore overrules .gitignore and the default lists', async () => {
    put({
      '.gitignore': 'generated/\n*.log\n',
      '.semdexignore': '!generated/\n!node_modules/\n!.notes/\ndrafts\n',
      'generated/api.md': '',
      'node_modules/dep/readme.md': '',
      '.notes/idea.md': '',
      'drafts/a.md': '',
      'run.log': '',
    })
    expect(names((await walk(root)).files)).toEqual([
      '.notes/idea.md',
      'generated/api.md',
      'node_modules/dep/readme.md',
    ])
  })

  test('obeys the ignore files above the root, up to the repository, and .git/info/exclude', async () => {
    put({
      '.git/info/exclude': 'excluded.md\n',
      '.gitignore': 'top.md\n/docs/anchored.md\n',
      'docs/.gitignore': '!top.md\n',
      'docs/deep/a.md': '',
      'docs/deep/top.md': '',
      'docs/anchored.md': '',
      'docs/excluded.md': '',
    })
    expect(names((await walk(join(root, 'docs'))).files)).toEqual(['docs/deep/a.md', 'docs/deep/top.md'])
  })

  test('a folder that was asked for is walked though its repository ignores it', async () => {
    put({ '.git/HEAD': '', '.gitignore': 'build/\n', 'build/out.md': '' })
    expect(names((await walk(join(root, 'build'))).files)).toEqual(['build/out.md'])
  })

  test('follows links inside the root, each real file once, and not outside', async () => {
    put({ 'docs/a.md': '', '.vault/b.md': '', '.vault/sub/c.md': '' })
    link('docs/a.md', 'alias.md')
    link('.vault', 'vault')
    link('.vault/b.md', 'vault-b.md')
    link('.', 'docs/loop')
    link('.vault', '.vault/sub/up')
    link('/etc', 'etc')
    link('nowhere', 'dangling')
    link('self', 'self')
    const { files, skipped, unreadable } = await walk(root)
    const real = files.map(({ path }) => realpathSync(path).slice(root.length + 1)).sort()
    expect(real).toEqual(['.vault/b.md', '.vault/sub/c.md', 'docs/a.md'])
    expect(skipped.outside).toBe(1)
    expect(unreadable).toEqual([])
  })

  test('leaves excluded folders alone', async () => {
    put({ 'a.md': '', 'inner/b.md': '', 'inner2/c.md': '' })
    const { files, skipped } = await walk(root, { exclude: [`${root}/inner`] })
    expect(names(files)).toEqual(['a.md', 'inner2/c.md'])
    expect(skipped).toEqual({ excluded: 1 })
  })

  test('a root may be one file; what hides files does not hold for it', async () => {
    put({ '.gitignore': 'x.md', 'x.md': 'x' })
    const result = await walk(join(root, 'x.md'))
    expect(result).toMatchObject({ root: `${root}/x.md`, isFile: true })
    expect(names(result.files)).toEqual(['x.md'])
  })

  test('a root that is missing or too large is an error that says so', async () => {
    put({ 'a.md': 'too long' })
    await expect(walk(join(root, 'none'))).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    await expect(walk(join(root, 'a.md', 'none'))).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    await expect(walk(join(root, 'a.md'), { maxFileBytes: 3 })).rejects.toMatchObject({
      code: 'FILE_TOO_LARGE',
      fix: expect.stringContaining('SEMDEX_MAX_FILE_BYTES'),
    })
  })

  test('an empty folder has no files', async () => {
    expect(await walk(root)).toMatchObject({ files: [], skipped: {}, unreadable: [] })
  })

  test.skipIf(process.platform === 'win32')('skips pipes without waiting on them', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')])
    expect((await walk(root)).skipped).toEqual({ special: 1 })
  })

  test('stops where it is aborted', async () => {
    for (let i = 0; i < 40; i++) put({ [`${i}/a/b/c/x.md`]: '' })
    const signal = AbortSignal.abort()
    await expect(walk(root, { signal })).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

function put(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
}

function link(target: string, name: string): void {
  symlinkSync(target.startsWith('/') ? target : join(root, target), join(root, name))
}

function names(files: readonly { path: string }[]): string[] {
  return files.map(({ path }) => path.slice(root.length + 1))
}
