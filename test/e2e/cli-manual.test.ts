import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { EXIT, exitCode } from '../../src/interfaces/cli/exit-codes.ts'
import { GLOBAL_FLAGS } from '../../src/interfaces/cli/flags.ts'
import { parseCommand } from '../../src/interfaces/cli/parse.ts'
import { VERBS } from '../../src/interfaces/cli/verbs.ts'
import { operations } from '../../src/operations/table.ts'
import { inRepository } from '../support/assets.ts'
import { build, newUser } from '../support/cli.ts'
import { commandLinePage, configurationPage } from '../support/manual.ts'

describe('the table of verbs', () => {
  test('gives no flag two meanings, and every verb an example that parses', async () => {
    for (const verb of VERBS) {
      const flags = [...verb.flags, ...GLOBAL_FLAGS]
      const names = flags.flatMap(({ name, short }) => [name, ...(short ? [short] : [])])
      expect(new Set(names).size).toBe(names.length)
      expect(verb.examples.length).toBeGreaterThan(0)
      for (const { command } of verb.examples) {
        if (!command.startsWith('semdex ')) continue
        const words = (command.split(/ [<>|&]/)[0] as string).match(/'[^']*'|"[^"]*"|\S+/g) ?? []
        const parsed = await parseCommand(
          words.slice(1).map((word) => word.replace(/^(['"])(.*)\1$/, '$2')),
          VERBS,
        )
        expect(parsed.verb?.name).toBe(verb.name)
      }
    }
  })

  test('names the operation of the same name', () => {
    for (const { name, action } of VERBS) {
      if ('operation' in action) expect(action.operation).toBe(name.replace(' ', '.'))
    }
    for (const name of [
      'search',
      'index',
      'status',
      'get',
      'embed',
      'collections',
      'models',
      'eval',
      'doctor',
      'config',
    ]) {
      expect(Object.keys(operations)).toContain(name)
      expect(VERBS.map((verb) => verb.name)).toContain(name)
    }
  })
})

describe('the pages that are made from tables are current (vitest run test/e2e/cli-manual.test.ts -u makes them)', () => {
  test('docs/cli.md', async () => {
    await expect(commandLinePage()).toMatchFileSnapshot(inRepository('docs/cli.md'))
  })

  test('docs/configuration.md', async () => {
    await expect(configurationPage()).toMatchFileSnapshot(inRepository('docs/configuration.md'))
  })
})

test('exit codes: a failed request, a failed item, an unusable database and an unusable model can be told apart', () => {
  expect(exitCode('INVALID_INPUT')).toBe(2)
  expect(exitCode('DATABASE_CORRUPT')).toBe(4)
  expect(exitCode('MODEL_DAMAGED')).toBe(5)
  expect(exitCode('ABORTED')).toBe(130)
  expect(exitCode('INTERNAL')).toBe(1)
  expect(new Set(Object.values(EXIT)).size).toBe(Object.values(EXIT).length)
})

describe('the binary', () => {
  const user = newUser({ SEMDEX_EMBEDDINGS: 'off' })
  beforeAll(build, 180_000)

  test('shows help with examples, everywhere, on stdout', async () => {
    for (const args of [['--help'], ['help'], ['-h']]) {
      const { status, stdout, stderr } = await user.semdex(args)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      for (const { name, summary } of VERBS) expect(stdout.replace(/ +/g, ' ')).toContain(` ${name} ${summary}\n`)
    }
    for (const verb of VERBS) {
      const { status, stdout } = await user.semdex([...verb.name.split(' '), '--help'])
      expect(status).toBe(0)
      for (const { command } of verb.examples) expect(stdout).toContain(command)
      for (const { name } of [...verb.flags, ...GLOBAL_FLAGS]) expect(stdout).toContain(`--${name}`)
    }
    const { stdout: ofGroup } = await user.semdex(['memory', '--help'])
    for (const { name, summary } of VERBS) {
      const line = ` ${name} ${summary}\n`
      if (name.startsWith('memory ')) expect(ofGroup.replace(/ +/g, ' ')).toContain(line)
      else expect(ofGroup.replace(/ +/g, ' ')).not.toContain(line)
    }
    expect((await user.semdex(['help', 'memory'])).stdout).toBe(ofGroup)
    expect((await user.semdex(['help', 'search'])).stdout).toBe((await user.semdex(['search', '-h'])).stdout)
  })

  test('without a verb it shows help on stderr and ends with 2', async () => {
    expect(await user.semdex([])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('Usage') })
  })

  test('shows its version', async () => {
    const { version } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'))
    expect((await user.semdex(['--version'])).stdout).toBe(`${version}\n`)
    expect((await user.semdex(['search', '-V'])).stdout).toBe(`${version}\n`)
  })

  test('takes global flags before the verb and after it', async () => {
    const before = await user.semdex(['--db', 'a.db', '--json', 'config'])
    const after = await user.semdex(['config', '--json', '--db', 'a.db'])
    expect(before.stdout).toBe(after.stdout)
    expect(JSON.parse(after.stdout).settings[0]).toMatchObject({ value: `${user.folder}/a.db`, origin: 'flag' })
  })

  test('a flag is stronger than the environment, that than the file, that than the default', async () => {
    user.write({ 'c.json': '{"database": "file.db", "embedding": {"workers": 3}, "chunking.tokens": 100}' })
    const env = { SEMDEX_DB: 'variable.db', SEMDEX_WORKERS: '', SEMDEX_CONFIG: `${user.folder}/c.json` }
    const settings = async (args: string[], more = {}) => {
      const answer = await user.json(['config', ...args], { env: { ...env, ...more } })
      const entries = answer.settings.map(
        ({ name, value, origin }: Record<string, unknown>) => [name as string, [value, origin]] as const,
      )
      return Object.fromEntries(entries)
    }
    expect(await settings(['--db', 'flag.db'])).toMatchObject({
      database: [`${user.folder}/flag.db`, 'flag'],
      'embedding.workers': [3, 'file'],
      'chunking.tokens': [100, 'file'],
      'chunking.overlap': [32, 'default'],
    })
    expect(await settings([])).toMatchObject({ database: [`${user.folder}/variable.db`, 'environment'] })
    expect(await settings([], { SEMDEX_DB: '' })).toMatchObject({ database: [`${user.folder}/file.db`, 'file'] })
    const none = await settings([], { SEMDEX_DB: '', SEMDEX_CONFIG: '' })
    expect(none.database).toEqual([expect.stringMatching(/semdex\.db$/), 'default'])
  })

  test('the database is in the data folder where nothing names another', async () => {
    const env = { SEMDEX_DB: '', XDG_DATA_HOME: `${user.folder}/data` }
    const { database } = await user.json(['status'], { env })
    if (process.platform === 'linux') expect(database).toBe(`${user.folder}/data/semdex/semdex.db`)
    else expect(database).toMatch(/semdex\.db$/)
  })

  test.each(['bash', 'zsh', 'fish'])('prints a completion script that %s can parse', async (shell) => {
    const { status, stdout } = await user.semdex(['completion', shell])
    expect(status).toBe(0)
    for (const { name } of VERBS) expect(stdout).toContain(name.split(' ').at(-1))
    const { status: parsed, stderr, error } = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' })
    if (!error) expect({ parsed, stderr }).toEqual({ parsed: 0, stderr: '' })
  })

  const bash = spawnSync('bash', ['--version']).error ? ' [skipped: there is no bash]' : ''
  test.skipIf(bash)(`completes verbs, flags, choices and second words in bash${bash}`, async () => {
    const { stdout: script } = await user.semdex(['completion', 'bash'])
    const complete = (...words: string[]) => {
      const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _semdex; printf '%s\\n' "\${COMPREPLY[@]}"`
      const { stdout } = spawnSync('bash', ['-c', `${script}\n${line}`], { encoding: 'utf8', cwd: user.folder })
      return stdout.split('\n').filter(Boolean)
    }
    expect(complete('semdex', 'sta')).toEqual(['status'])
    expect(complete('semdex', 'search', 'x', '--li')).toEqual(['--limit'])
    expect(complete('semdex', 'search', 'x', '--mode', 'l')).toEqual(['lexical'])
    expect(complete('semdex', 'collections', 'cr')).toEqual(['create'])
    expect(complete('semdex', 'collections', 'create', 'x', '--mo')).toEqual(['--model'])
    expect(complete('semdex', 'completion', 'f')).toContain('fish')
  })

  test('under a Node that is too old it says one clear line', async () => {
    const old = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' })
    if (old.error || !/^v(1\d|20)\./.test(old.stdout)) return
    const { status, stdout, stderr } = spawnSync(
      '/usr/bin/node',
      [inRepository('dist/interfaces/cli/bin.js'), 'status'],
      {
        encoding: 'utf8',
      },
    )
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^semdex needs Node 22\.14 or newer; this is Node [\d.]+ \(.*\)\n$/)
  })
})
