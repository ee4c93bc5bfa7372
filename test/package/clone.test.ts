import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBlocks } from '../docs/support/blocks.ts'
import { inRepository } from '../support/assets.ts'
import { run, userEnvironment } from '../support/processes.ts'
import { nodeBinary } from '../support/toolchain.ts'

const MINUTE = 60_000
const commands = readBlocks('README.md').filter(({ treatment }) => treatment.kind === 'clone')

describe('a fresh clone on a machine with only Node 20', () => {
  let temporary: string
  let clone: string

  beforeAll(() => {
    temporary = realpathSync(mkdtempSync(join(tmpdir(), 'semdex-clone-')))
    clone = join(temporary, 'semdex')
    copyTrackedFiles(clone)
  })
  afterAll(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }))

  test('the README has one command that does the main job there', () => {
    expect(commands).toHaveLength(1)
  })

  test.each(commands)('$code', { timeout: 8 * MINUTE }, async ({ code }) => {
    const env = await environmentOfNode20(join(temporary, 'home'))
    expect((await run('node', ['--version'], { cwd: clone, env })).stdout).toMatch(/^v20\./)
    const { status, stdout, stderr } = await run('bash', ['-c', code], { cwd: clone, env, timeout: 7 * MINUTE })
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/docs[\\/][\w./\\-]+\.md:\d+/)
    const built = join(clone, 'dist/interfaces/cli/bin.js')
    const direct = await run(await nodeBinary(20), [built, '--help'], { cwd: clone, env })
    expect(direct).toMatchObject({ status: 1, stderr: expect.stringMatching(/^semdex needs Node 22\.14[^\n]+\n$/) })
  })
})

/** What git would give to someone who clones: what it tracks, and what it does not ignore, as it is now. */
function copyTrackedFiles(target: string): void {
  const list = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: inRepository('.'),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (list.status !== 0) throw new Error(`git ls-files failed: ${list.stderr}`)
  for (const path of list.stdout.split('\0').filter((listed) => listed && existsSync(inRepository(listed)))) {
    mkdirSync(dirname(join(target, path)), { recursive: true })
    cpSync(inRepository(path), join(target, path), { force: true })
  }
}

/** Without the pinned Node 24 of this repository on the PATH; npm keeps its own settings and cache. */
async function environmentOfNode20(home: string): Promise<NodeJS.ProcessEnv> {
  const node = await nodeBinary(20)
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(npm_config_(cache|globalconfig|userconfig)|NODE_EXTRA_CA_CERTS)$/.test(name),
  )
  mkdirSync(home, { recursive: true })
  return { ...userEnvironment(home, node), ...Object.fromEntries(kept), PATH: [dirname(node), ...path].join(delimiter) }
}
