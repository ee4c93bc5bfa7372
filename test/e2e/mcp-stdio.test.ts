import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BINARY, build, newUser, type User } from '../support/cli.ts'

let user: User
beforeAll(async () => {
  await build()
  user = newUser()
  user.write({
    'docs/bread.md': '# Bread\n\nKnead the dough, let it rise overnight, and bake the loaf in a hot oven.\n',
    'docs/orbit.md': '# Orbits\n\nThe satellite circles the planet every ninety minutes.\n',
  })
  await user.json(['index', 'docs'])
}, 240_000)
afterAll(() => user.remove())

async function connect(args: string[], mode: 'legacy' | 'auto' = 'legacy'): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } })
  const env = Object.fromEntries(Object.entries(user.env).filter((entry): entry is [string, string] => !!entry[1]))
  const command = { command: process.execPath, args: [BINARY, ...args], env, cwd: user.folder }
  await client.connect(new StdioClientTransport(command))
  return client
}

describe.each(['legacy', 'auto'] as const)('semdex mcp, %s', (mode) => {
  let client: Client
  beforeAll(async () => {
    client = await connect(['mcp'], mode)
  })
  afterAll(() => client.close())

  test('an agent finds a passage, and its answer is as the schema says', async () => {
    const { tools } = await client.listTools()
    const validate = new Ajv2020({ strict: false }).compile(
      tools.find(({ name }) => name === 'search')?.outputSchema ?? { not: {} },
    )
    const result = await client.callTool({ name: 'search', arguments: { query: 'how do I make a loaf', limit: 1 } })
    expect(validate(result.structuredContent), JSON.stringify(validate.errors)).toBe(true)
    expect(result.structuredContent).toMatchObject({
      degraded: null,
      hits: [{ path: `${user.folder}/docs/bread.md`, lines: [1, 3] }],
    })
    const text = (result.content as { text?: string }[])[0]?.text
    expect(text).toContain(`[1] ${user.folder}/docs/bread.md:1-3 (similarity 0.`)
    expect(text).toContain('Knead the dough')
  }, 120_000)

  test('bad arguments are a result that says what is wrong', async () => {
    const result = await client.callTool({ name: 'search', arguments: { query: 'a', limit: 0 } })
    expect(result).toMatchObject({ isError: true, _meta: { 'semdex/error': { code: 'INVALID_INPUT' } } })
  })

  test('a document is a resource', async () => {
    const { resources } = await client.listResources()
    expect(resources.map(({ name }) => name)).toEqual([`${user.folder}/docs/bread.md`, `${user.folder}/docs/orbit.md`])
    const { contents } = await client.readResource({ uri: resources[1]?.uri ?? '' })
    expect(contents).toMatchObject([{ mimeType: 'text/markdown', text: expect.stringContaining('# Orbits') }])
  })

  test('the prompt brings passages', async () => {
    const given = { name: 'answer-with-sources', arguments: { question: 'how long does an orbit take' } }
    const { messages } = await client.getPrompt(given)
    expect(JSON.stringify(messages)).toContain('docs/orbit.md:1-3')
  })
})

test('what an agent may do is said when it is started', async () => {
  const [reader, admin] = [await connect(['mcp', '--access', 'read']), await connect(['mcp', '--access', 'admin'])]
  const names = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name)
  expect(await names(reader)).not.toContain('add')
  expect(await names(admin)).toContain('index')
  await Promise.all([reader.close(), admin.close()])
})

test('stdout has messages alone, and the process ends with its stdin', async () => {
  const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a', version: '1' } }
  const child = user.start(['mcp'])
  const lines: string[] = []
  child.stdout?.on('data', (chunk) => lines.push(String(chunk)))
  child.stdin?.write('no JSON\n')
  child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: hello })}\n`)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  child.stdin?.end()
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(code).toBe(0)
  const messages = lines.join('').trim().split('\n')
  expect(messages.map((line) => JSON.parse(line))).toMatchObject([{ jsonrpc: '2.0', id: 1, result: {} }])
})

describe('semdex mcp install', () => {
  test('what it prints starts this Semdex', async () => {
    const { stdout } = await user.semdex(['mcp', 'install', 'claude-desktop'])
    const { command, args } = JSON.parse(stdout).mcpServers.semdex
    const client = new Client({ name: 'test', version: '1.0.0' })
    const env = { HOME: user.env.HOME ?? '', SEMDEX_CACHE: user.env.SEMDEX_CACHE ?? '' }
    await client.connect(new StdioClientTransport({ command, args, env, cwd: '/' }))
    expect((await client.callTool({ name: 'status', arguments: {} })).structuredContent).toMatchObject({
      database: user.database,
      documents: 2,
    })
    await client.close()
  })

  test('--dry-run shows the change and makes none; --write makes it, beside what is there', async () => {
    const file = `${user.folder}/cursor/mcp.json`
    const text = '{\n  "mcpServers": {\n    "other": { "command": "x" }\n  }\n}\n'
    user.write({ 'cursor/mcp.json': text })
    const install = (...flags: string[]) => user.json(['mcp', 'install', 'cursor', '--file', file, ...flags])
    const { readFileSync } = await import('node:fs')
    expect((await install('--dry-run')).change).toContain('+    "semdex": {')
    expect(readFileSync(file, 'utf8')).toBe(text)
    const { backup, written } = await install('--write')
    expect(written).toBe(true)
    expect(readFileSync(backup, 'utf8')).toBe(text)
    expect(JSON.parse(readFileSync(file, 'utf8')).mcpServers).toMatchObject({
      other: { command: 'x' },
      semdex: { args: [expect.stringMatching(/bin\.js$/), 'mcp', '--db', user.database] },
    })
    expect(await install('--write')).toMatchObject({ written: false, change: [] })
  })

  test.each([
    [['mcp', 'install', 'emacs'], 'there is no configuration for emacs'],
    [['mcp', 'install'], ''],
    [['mcp', 'instal'], ''],
  ])('%j is refused', async (args, sentence) => {
    const { status, stderr, stdout } = await user.semdex(args)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.toLowerCase()).toContain(sentence)
  })

  test('a broken file is left as it is', async () => {
    user.write({ 'broken.json': '{"mcpServers": ' })
    const { status, stderr } = await user.semdex(['mcp', 'install', 'gemini', '--write', '--file', 'broken.json'])
    expect(status).toBe(2)
    expect(stderr).toContain('broken.json cannot be read: line 1')
  })
})
