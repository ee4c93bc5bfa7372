import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BINARY, build, newUser } from '../support/cli.ts'
import { noTerminal, runOnTerminal } from '../support/terminal.ts'

describe.skipIf(noTerminal)(`on a terminal${noTerminal}`, () => {
  const user = newUser({ TERM: 'xterm-256color' })
  const onTerminal = (args: readonly string[], env = {}) =>
    runOnTerminal([process.execPath, BINARY, ...args], { cwd: user.folder, env: { ...user.env, ...env } })
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

  test('call lists the operations, and takes nothing for an input', () => {
    expect(onTerminal(['call'])).toMatchObject({ status: 0, screen: expect.stringContaining('memory.recall') })
    const { status, screen } = onTerminal(['call', 'status'])
    expect({ status, documents: JSON.parse(screen).documents }).toEqual({ status: 0, documents: 200 })
  })

  test('raw float32 and an embed without a text are refused', () => {
    expect(onTerminal(['embed', 'x', '--format', 'f32'])).toMatchObject({ status: 2 })
    expect(onTerminal(['embed'])).toMatchObject({ status: 2, screen: expect.stringContaining('no text to embed') })
  })
})
