import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'
import { type Ended, run } from '../support/processes.ts'
import { CLIENTS, missingClient } from './environments.ts'

const reason = missingClient('mcp-inspector')

/** Runs it to the end: against a command that it starts, or the address of a server. */
function inspect(target: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const folder = CLIENTS['mcp-inspector']
  const binary = `${folder}/node_modules/.bin/mcp-inspector`
  return run(binary, ['--cli', ...target, ...args], { cwd: folder, env, shell: process.platform === 'win32' })
}

describe.skipIf(reason !== null)(`the inspector's command line${reason ? ` (${reason})` : ''}`, () => {
  let user: User
  let server: ReturnType<User['start']>
  let url: string
  let command: string[]
  beforeAll(async () => {
    await build()
    user = newUser()
    user.write({ 'docs/bread.md': '# Bread\n\nKnead the dough, and bake the loaf in a hot oven.\n' })
    await user.json(['index', 'docs'])
    const { entry } = await user.json(['mcp', 'install', 'claude-desktop'])
    command = [entry.command, ...entry.args]
    server = user.start(['serve', '--port', '0', '--json'])
    url = await new Promise((resolve, reject) => {
      server.stdout?.once('data', (line) => resolve(JSON.parse(line).url))
      server.once('close', (status) => reject(new Error(`semdex serve ended with ${status}`)))
    })
  }, 240_000)
  afterAll(async () => {
    if (server?.kill('SIGTERM')) await new Promise((resolve) => server.once('close', resolve))
    user.remove()
  })

  const targets = { stdio: () => command, http: () => [`${url}/mcp`] }

  describe.each(['stdio', 'http'] as const)('over %s', (transport) => {
    async function answer(...args: string[]) {
      const { status, stdout, stderr } = await inspect(targets[transport](), args, user.env)
      return { status, stderr, json: stdout.trim() === '' ? null : JSON.parse(stdout) }
    }

    test('the tools are such as every client takes', async () => {
      const { status, json, stderr } = await answer('--strict', '--method', 'tools/list')
      expect(status, stderr).toBe(0)
      expect(stderr).not.toContain('inputSchema')
      expect(json.tools.map(({ name }: { name: string }) => name)).toEqual(
        expect.arrayContaining(['search', 'get', 'status']),
      )
    })

    test('search answers passages', async () => {
      const query = ['--method', 'tools/call', '--tool-name', 'search', '--tool-arg', 'query=how is a loaf made']
      const { status, json } = await answer(...query)
      expect(status).toBe(0)
      expect(json.structuredContent.hits).toMatchObject([{ path: `${user.folder}/docs/bread.md`, lines: [1, 3] }])
      expect(json.content[0].text).toContain('docs/bread.md:1-3')
    })

    test('bad arguments are a failed call', async () => {
      const { status, json } = await answer('--method', 'tools/call', '--tool-name', 'get', '--tool-arg', 'id=none')
      expect(status).not.toBe(0)
      expect(json).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^DOCUMENT_NOT_FOUND: /) }] })
    })

    test('documents are resources', async () => {
      const { json } = await answer('--method', 'resources/list')
      expect(json.resources).toMatchObject([{ name: `${user.folder}/docs/bread.md` }])
      const read = await answer('--method', 'resources/read', '--uri', json.resources[0].uri)
      expect(read.json.contents).toMatchObject([{ text: expect.stringContaining('Knead the dough') }])
      const templates = await answer('--method', 'resources/templates/list')
      expect(templates.json.resourceTemplates).toHaveLength(1)
    })

    test('the prompt brings passages', async () => {
      const { json } = await answer('--method', 'prompts/list')
      expect(json.prompts).toMatchObject([{ name: 'answer-with-sources' }])
      const args = ['--prompt-name', 'answer-with-sources', '--prompt-args', 'question=how is a loaf made']
      const got = await answer('--method', 'prompts/get', ...args)
      expect(JSON.stringify(got.json.messages)).toContain('docs/bread.md:1-3')
    })
  })
})
