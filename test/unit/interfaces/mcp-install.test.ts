import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import { CLIENTS } from '../../../src/interfaces/mcp/install/clients.ts'
import { launchCommand } from '../../../src/interfaces/mcp/install/command.ts'
import { planChange, planInstallation, writeChange } from '../../../src/interfaces/mcp/install/install.ts'
import { alone, mergeInto } from '../../../src/interfaces/mcp/install/merge.ts'
import { CLIENT_NAMES } from '../../../src/interfaces/mcp/install/names.ts'

const ENTRY = { command: '/opt/node', args: ['/opt/semdex/bin.js', 'mcp'] }
const change = (format: 'json' | 'jsonc' | 'toml', key = format === 'toml' ? 'mcp_servers' : 'mcpServers') => ({
  format,
  key,
  entry: ENTRY,
  file: 'the file',
})
const read = (text: string, format: string) => (format === 'toml' ? parseToml(text) : JSON.parse(text))

describe('the command', () => {
  const node = '/usr/bin/node'

  test('an installed Semdex is started as it is', () => {
    const installed = { platform: 'linux' as const, node, binary: '/lib/semdex/bin.js' }
    expect(launchCommand(installed, ['mcp'])).toEqual({ command: node, args: ['/lib/semdex/bin.js', 'mcp'] })
  })

  test.each([
    ['linux', '/home/a/.npm/_npx/1f/node_modules/semdex/bin.js', { command: 'npx', args: ['-y', 'semdex', 'mcp'] }],
    [
      'win32',
      'C:\\Users\\a\\_npx\\1f\\node_modules\\semdex\\bin.js',
      { command: 'cmd', args: ['/c', 'npx', '-y', 'semdex', 'mcp'] },
    ],
  ] as const)('what npx keeps is asked of npx again: %s', (platform, binary, command) => {
    expect(launchCommand({ platform, node, binary }, ['mcp'])).toEqual(command)
  })
})

describe('the file of a client', () => {
  test.each([
    ['claude-desktop', 'darwin', '/Users/a/Library/Application Support/Claude/claude_desktop_config.json'],
    ['claude-desktop', 'win32', 'C:\\Users\\a\\AppData\\Roaming\\Claude\\claude_desktop_config.json'],
    ['claude-code', 'linux', '/Users/a/project/.mcp.json'],
    ['codex', 'linux', '/Users/a/.codex/config.toml'],
    ['cursor', 'darwin', '/Users/a/.cursor/mcp.json'],
    ['gemini', 'linux', '/Users/a/.gemini/settings.json'],
    ['vscode', 'linux', '/Users/a/.config/Code/User/mcp.json'],
    ['vscode', 'darwin', '/Users/a/Library/Application Support/Code/User/mcp.json'],
    ['windsurf', 'darwin', '/Users/a/.codeium/windsurf/mcp_config.json'],
    ['zed', 'darwin', '/Users/a/.config/zed/settings.json'],
    ['zed', 'win32', 'C:\\Users\\a\\AppData\\Roaming\\Zed\\settings.json'],
  ] as const)('%s on %s', (client, platform, file) => {
    const home = platform === 'win32' ? 'C:\\Users\\a' : '/Users/a'
    expect(CLIENTS[client].file({ platform, home, workingDirectory: `${home}/project` })).toBe(file)
  })

  test.each(CLIENT_NAMES)('what is printed for %s is a configuration of its own', (client) => {
    const machine = { platform: 'linux' as const, home: '/home/a', workingDirectory: '/home/a' }
    const { text, format, key, entry } = planInstallation(client, ENTRY, machine)
    expect(read(text, format)).toEqual({ [key]: { semdex: entry } })
    expect(entry).toMatchObject(ENTRY)
    expect(text).toMatch(/\n$/)
  })
})

describe('JSON', () => {
  test('other servers and settings stay, with their order and indentation', () => {
    const other = '        "other": {\n            "command": "x"\n        }'
    const text = `{\n    "theme": "dark",\n    "mcpServers": {\n${other}\n    }\n}\n`
    const own = JSON.stringify(ENTRY, null, 4).replaceAll('\n', '\n        ')
    expect(mergeInto(text, change('json'))).toBe(text.replace(other, `${other},\n        "semdex": ${own}`))
  })

  test('comments stay where the client takes them', () => {
    const text = '// mine\n{\n  "servers": {\n    // the other\n    "other": {"command": "x",},\n  },\n}\n'
    const merged = mergeInto(text, change('jsonc', 'servers'))
    for (const part of ['// mine', '// the other', '"command": "x"', '"semdex"']) expect(merged).toContain(part)
    expect(mergeInto(merged, change('jsonc', 'servers'))).toBe(merged)
  })

  test('an older entry is brought up to date, and keeps what the user added', () => {
    const text = '{"mcpServers": {"semdex": {"command": "npx", "args": [], "env": {"SEMDEX_MODEL": "m"}}}}'
    const { mcpServers } = JSON.parse(mergeInto(text, change('json')))
    expect(mcpServers.semdex).toEqual({ ...ENTRY, env: { SEMDEX_MODEL: 'm' } })
  })

  test.each([[''], [' \n'], ['{}'], ['\uFEFF{}'], ['{"mcpServers": {}}\r\n']])('into %j', (text) => {
    const merged = mergeInto(text, change('json'))
    expect(merged.startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'))
    expect(JSON.parse(merged.replace('\uFEFF', ''))).toEqual({ mcpServers: { semdex: ENTRY } })
    expect(/[^\r]\n/.test(merged) && text.includes('\r\n')).toBe(false)
  })

  test.each([
    ['{"mcpServers": {', 'line 1'],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3'],
    ['{"a": 1} // why', 'line 1'],
    ['{"a": 1,}', 'line 1'],
    ['[]', 'no object'],
    ['7', 'no object'],
    ['{"mcpServers": []}', 'mcpServers is no object'],
    ['{"mcpServers": {"a": {}}, "mcpServers": {"b": {}}}', 'without risk'],
  ])('%j is refused', (text, reason) => {
    expect(() => mergeInto(text, change('json'))).toThrowError(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(reason) }),
    )
  })
})

describe('TOML', () => {
  const OTHER = '# mine\nmodel = "o"\n\n[mcp_servers.other]\ncommand = "x" # why\nargs = [\n  "a",\n]\n'

  test('other servers and comments stay', () => {
    const merged = mergeInto(OTHER, change('toml'))
    expect(merged.startsWith(OTHER)).toBe(true)
    expect(parseToml(merged)).toMatchObject({ model: 'o', mcp_servers: { other: { args: ['a'] }, semdex: ENTRY } })
    expect(mergeInto(merged, change('toml'))).toBe(merged)
  })

  test('an older entry is brought up to date where it stands', () => {
    const text = `[mcp_servers."semdex"]\ncommand = "npx"\ntimeout = 9\n\n[mcp_servers.semdex.env]\nA = "1"\n\n${OTHER.replace('model = "o"\n', '')}`
    const merged = mergeInto(text, change('toml'))
    expect(parseToml(merged)).toEqual({
      mcp_servers: { semdex: { ...ENTRY, timeout: 9, env: { A: '1' } }, other: { command: 'x', args: ['a'] } },
    })
    expect(merged).toContain('# mine')
    expect(merged.indexOf('semdex')).toBeLessThan(merged.indexOf('other'))
  })

  test('lines end as they did', () => {
    const merged = mergeInto('a = 1\r\n', change('toml'))
    expect(merged).not.toMatch(/[^\r]\n/)
    expect(parseToml(merged)).toMatchObject({ a: 1, mcp_servers: { semdex: ENTRY } })
  })

  test.each([
    ['a = ', 'cannot be read'],
    ['a = 1\na = 2\n', 'cannot be read'],
    ['mcp_servers = 1\n', 'mcp_servers is no object'],
    ['mcp_servers = { other = { command = "x" } }\n', 'without risk'],
    ['mcp_servers = { semdex = { command = "x" } }\n', 'without risk'],
    ['[mcp_servers]\nsemdex.command = "x"\n', 'without risk'],
  ])('%j is refused', (text, reason) => {
    expect(() => mergeInto(text, change('toml'))).toThrowError(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(reason) }),
    )
  })

  test('alone', () => {
    expect(alone('toml', 'mcp_servers', { command: 'npx', args: ['-y', 'a "b" \\c'] })).toBe(
      '[mcp_servers.semdex]\ncommand = "npx"\nargs = [ "-y", "a \\"b\\" \\\\c" ]\n',
    )
  })
})

describe('writing', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'semdex-install-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const machine = { platform: process.platform, home: '/nowhere', workingDirectory: '/nowhere' }
  const NOW = new Date('2026-01-02T03:04:05.678Z')
  const plan = (name: string) => planInstallation('cursor', ENTRY, machine, join(folder, name))

  test('a new file comes with its folder', async () => {
    const installation = plan('new/mcp.json')
    const planned = await planChange(installation)
    expect(planned.before).toBeNull()
    expect(planned.lines).toContain('+  "mcpServers": {')
    expect(await writeChange(installation.file, planned, NOW)).toBeNull()
    expect(readFileSync(installation.file, 'utf8')).toBe(installation.text)
    expect((await planChange(installation)).lines).toEqual([])
  })

  test('a file that is there is kept beside the new one, with its mode, behind its link', async () => {
    const text = '{\n  "mcpServers": {\n    "other": {}\n  },\n  "theme": "dark"\n}\n'
    writeFileSync(join(folder, 'real.json'), text, { mode: 0o600 })
    symlinkSync(join(folder, 'real.json'), join(folder, 'link.json'))
    const installation = plan('link.json')
    const planned = await planChange(installation)
    expect(planned.lines).toEqual([
      ' {',
      '   "mcpServers": {',
      '-    "other": {}',
      '+    "other": {},',
      '+    "semdex": {',
      '+      "command": "/opt/node",',
      '+      "args": [',
      '+        "/opt/semdex/bin.js",',
      '+        "mcp"',
      '+      ]',
      '+    }',
      '   },',
      '   "theme": "dark"',
    ])
    const backup = await writeChange(installation.file, planned, NOW)
    expect(backup).toMatch(/real\.json\.20260102T030405Z\.bak$/)
    expect(readFileSync(backup as string, 'utf8')).toBe(text)
    expect(JSON.parse(readFileSync(join(folder, 'real.json'), 'utf8'))).toEqual({
      mcpServers: { other: {}, semdex: ENTRY },
      theme: 'dark',
    })
    if (process.platform !== 'win32') expect(statSync(join(folder, 'real.json')).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('broken files are left as they are', async () => {
    writeFileSync(join(folder, 'broken.json'), '{"mcpServers": ')
    await expect(planChange(plan('broken.json'))).rejects.toBeInstanceOf(SemdexError)
    writeFileSync(join(folder, 'bytes.json'), Uint8Array.of(0x7b, 0xff, 0x7d))
    await expect(planChange(plan('bytes.json'))).rejects.toMatchObject({ code: 'PATH_UNREADABLE' })
    expect(readFileSync(join(folder, 'broken.json'), 'utf8')).toBe('{"mcpServers": ')
  })
})
