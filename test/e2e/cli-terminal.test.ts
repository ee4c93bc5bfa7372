import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BINARY, build, newUser } from '../support/cli.ts'

/** Python makes a terminal of any size anywhere but on Windows; `script` differs from system to system. */
const TERMINAL = `import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
while True:
    try: data = os.read(fd, 65536)
    except OSError: break
    if not data: break
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`

const missing =
  process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0
    ? ''
    : ' [skipped: needs python3 to make a terminal]'

describe.skipIf(missing)(`on a terminal${missing}`, () => {
  const user = newUser({ TERM: 'xterm-256color' })
  const onTerminal = (args: readonly string[], env = {}) => {
    const { status, stdout } = spawnSync('python3', ['-c', TERMINAL, process.execPath, BINARY, ...args], {
      cwd: user.folder,
      env: { ...user.env, ...env },
      encoding: 'utf8',
    })
    return { status, screen: stdout }
  }
  beforeAll(async () => {
    await build()
    const words = (seed: number) => Array.from({ length: 40 }, (_, i) => `word${(seed * 131 + i * 17) % 997}`).join(' ')
    user.write(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`n/${i}.md`, `# N${i}\n\n${words(i)}\n`])))
  }, 180_000)
  afterAll(() => user.remove())

  test('a long run shows a bar with rate and time left, and takes it away', () => {
    const { status, screen } = onTerminal(['index', 'n'])
    expect(status).toBe(0)
    expect(screen).toMatch(/Indexing [█░]{24} \d+% \d+ chunks, [\d.]+\/s, (\d+ min )?\d+ s left/)
    expect(screen).not.toMatch(/NaN|Infinity|undefined|NULL/)
    const last = screen.slice(screen.lastIndexOf('\u001B[2K'))
    expect(last).toMatch(/200 added; \d+ chunks/)
    expect(last).not.toContain('Indexing')
  })

  test('--quiet shows none', () => {
    const { status, screen } = onTerminal(['index', 'n', '--force', '--quiet'])
    expect(status).toBe(0)
    expect(screen).not.toContain('Indexing')
  })

  test('colours mark what was found, unless they are refused', () => {
    const args = ['search', 'word131', '-n', '1', '--no-index', '--mode', 'lexical']
    expect(onTerminal(args).screen).toContain('\u001B[33mword131')
    for (const plain of [onTerminal(args, { NO_COLOR: '1' }), onTerminal([...args, '--no-color'])]) {
      expect(plain).toMatchObject({ status: 0, screen: expect.not.stringContaining('\u001B') })
    }
  })

  test('--json stays JSON', () => {
    const { status, screen } = onTerminal(['search', 'word131', '--no-index', '--json'])
    expect(status).toBe(0)
    expect(JSON.parse(screen).hits.length).toBeGreaterThan(0)
  })

  test('raw float32 and an embed without a text are refused', () => {
    expect(onTerminal(['embed', 'x', '--format', 'f32'])).toMatchObject({ status: 2 })
    expect(onTerminal(['embed'])).toMatchObject({ status: 2, screen: expect.stringContaining('no text to embed') })
  })
})
