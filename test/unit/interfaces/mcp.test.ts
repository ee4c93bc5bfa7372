import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Parts } from '../../../src/core/parts.ts'
import { serveMcp } from '../../../src/interfaces/mcp/stdio.ts'
import { listTools, toolName } from '../../../src/interfaces/mcp/tools.ts'
import { type RunningServer, serve } from '../../../src/interfaces/server/serve.ts'
import { findOperation, OPERATION_NAMES } from '../../../src/interfaces/wire/operations.ts'
import { inRepository } from '../../support/assets.ts'
import { openServed, type Served } from '../../support/served.ts'

let served: Served
let server: RunningServer
beforeAll(async () => {
  served = openServed({ port: 0 })
  server = await serve(served.parts)
  const documents = [
    { id: 'bread', text: '# Bread\n\nKnead the dough, and bake it in a hot oven.\n', format: 'markdown' },
    { id: 'notes/lizard tail', text: 'A lizard drops its tail to escape, and a new one grows back.', title: 'Lizards' },
    ...Array.from({ length: 130 }, (_, i) => ({ id: `n${i}`, text: `Entry number ${i}.` })),
  ]
  await served.request('POST', '/api/operations/add', { documents })
  const other = [{ id: 'ünï/1', text: 'Another collection.' }]
  await served.request('POST', '/api/operations/add', { documents: other, collection: 'zweite' })
}, 120_000)
afterAll(async () => {
  await server.close()
  await served.close()
})

async function connect(versionNegotiation?: { mode: 'auto' | 'legacy' }): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' }, versionNegotiation ? { versionNegotiation } : {})
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)))
  return client
}

const textOf = (result: { content: unknown }) =>
  (result.content as { text: string }[]).map(({ text }) => text).join('\n')

describe.each(['legacy', 'auto'] as const)('over HTTP, %s', (mode) => {
  let client: Client
  beforeAll(async () => {
    client = await connect({ mode })
  })
  afterAll(() => client.close())

  test('it says who it is', () => {
    expect(client.getServerVersion()).toMatchObject({ name: 'semdex' })
    expect(client.getInstructions()).toContain('search')
  })

  test('every operation that agents are offered is a tool', async () => {
    const { tools } = await client.listTools()
    const offered = (await Promise.all(OPERATION_NAMES.map(findOperation))).filter(({ agents = true }) => agents)
    expect(tools.map(({ name }) => name).sort()).toEqual(offered.map(toolName).sort())
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['search', 'get', 'status', 'add', 'delete']))
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['remember', 'recall', 'memory_update']))
    expect(tools.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['embed']))
    for (const tool of tools) {
      expect(tool.name).toMatch(/^[a-z_]+$/)
      expect(tool.description).toMatch(/\.$/)
      expect(tool.inputSchema.type).toBe('object')
      expect(JSON.stringify(tool)).not.toContain('prefixItems')
    }
    const hints = (name: string) => tools.find((tool) => tool.name === name)?.annotations
    expect(hints('search')).toMatchObject({ readOnlyHint: true, destructiveHint: false })
    expect(hints('delete')).toMatchObject({ readOnlyHint: false, destructiveHint: true })
  })

  test('what a tool answers is as its schema says', async () => {
    const { tools } = await client.listTools()
    const ajv = new Ajv2020({ strict: false })
    for (const [name, input] of CALLS) {
      const result = await client.callTool({ name, arguments: input })
      expect(result.isError, textOf(result)).toBeFalsy()
      const { outputSchema } = tools.find((tool) => tool.name === name) ?? {}
      const validate = ajv.compile(outputSchema ?? {})
      expect(validate(result.structuredContent), JSON.stringify(validate.errors)).toBe(true)
    }
  })

  test('it answers what the operation answers', async () => {
    const input = { query: 'how do reptiles regrow limbs', limit: 2 }
    const { structuredContent } = await client.callTool({ name: 'search', arguments: input })
    const { body } = await served.request('POST', '/api/operations/search', input)
    expect({ ...(structuredContent as object), timings: null }).toEqual({ ...body, timings: null })
  })

  test('passages are told with the place to cite', async () => {
    const result = await client.callTool({
      name: 'search',
      arguments: { query: 'how do reptiles regrow limbs', limit: 1 },
    })
    expect(textOf(result)).toMatch(
      /^1 passage for: how do reptiles regrow limbs\n\n\[1\] default\/notes\/lizard tail:1 \(similarity 0\.\d\d\)\nLizards\nA lizard drops/,
    )
  })

  test.each<[string, Record<string, unknown>, string, string]>([
    ['search', { query: 7 }, 'INVALID_INPUT', 'query'],
    ['search', { query: 'a', lmit: 1 }, 'INVALID_INPUT', 'lmit'],
    ['search', {}, 'INVALID_INPUT', 'query'],
    ['get', { id: 'a', lines: [3, 2] }, 'INVALID_INPUT', 'lines'],
    ['get', { id: 'none' }, 'DOCUMENT_NOT_FOUND', ''],
    ['search', { query: 'a', collection: 'none' }, 'COLLECTION_NOT_FOUND', ''],
  ])('bad arguments of %s %j are a result', async (name, input, code, field) => {
    const result = await client.callTool({ name, arguments: input })
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(new RegExp(`^${code}: .+\\.`))
    if (field) expect(textOf(result)).toContain(`Field: ${field}`)
    expect(result._meta?.['semdex/error']).toMatchObject({ code })
  })

  test('what is remembered is recalled', async () => {
    const collection = `memory-${mode}`
    const call = (name: string, input: object) => client.callTool({ name, arguments: { ...input, collection } })
    const fact = { text: 'We deploy on Tuesdays.', id: 'deploy', kind: 'decision', tags: ['ops'], capturedAt: 0 }
    const kept = await call('remember', fact)
    expect(kept.structuredContent).toMatchObject({ id: 'deploy', kind: 'decision', duplicates: [] })
    expect(textOf(await call('recall', { query: 'when do we ship' }))).toBe(
      '1 record for: when do we ship\n\n[1] deploy (decision, confidence 0.50, 1970-01-01, #ops)\nWe deploy on Tuesdays.',
    )
    expect((await call('memory_capture', fact))._meta?.['semdex/error']).toMatchObject({ code: 'DOCUMENT_EXISTS' })
    await call('memory_forget', { id: 'deploy' })
    expect(textOf(await call('recall', { query: 'ship' }))).toBe('Nothing is remembered of: ship')
    await served.request('POST', '/api/operations/collections.drop', { name: collection })
  })

  test('the way out is told', async () => {
    expect(textOf(await client.callTool({ name: 'get', arguments: { id: 'none' } }))).toMatch(/\nFix: .+/)
  })

  test('there is no such tool', async () => {
    await expect(client.callTool({ name: 'none' })).rejects.toMatchObject({ code: -32_602 })
    await expect(client.callTool({ name: 'embed', arguments: { texts: ['a'] } })).rejects.toMatchObject({
      code: -32_602,
    })
  })

  test('who asks how far a call is is told', async () => {
    const documents = Array.from({ length: 40 }, (_, i) => ({ id: `p${i}`, text: `${mode} progress ${i}.` }))
    const told: { progress: number; total?: number | undefined }[] = []
    const call = { name: 'add', arguments: { documents, collection: `progress-${mode}` } }
    await client.callTool(call, { onprogress: (progress) => told.push(progress) })
    expect(told[0]).toMatchObject({ total: 40, progress: expect.any(Number) })
    expect(told.map(({ progress }) => progress)).toEqual(told.map(({ progress }) => progress).sort((a, b) => a - b))
    await served.request('POST', '/api/operations/collections.drop', { name: `progress-${mode}` })
  })

  test('documents are resources', async () => {
    const { resources: all } = await client.listResources()
    expect(all).toHaveLength(133)
    expect(new Set(all.map(({ uri }) => uri)).size).toBe(133)
    expect(all[0]).toMatchObject({ uri: 'semdex://default/bread', name: 'bread', mimeType: 'text/markdown' })
    expect(all[1]).toMatchObject({ uri: 'semdex://default/notes%2Flizard%20tail', title: 'Lizards' })
    expect(all.at(-1)?.uri).toBe('semdex://zweite/%C3%BCn%C3%AF%2F1')
  })

  test('a resource is the document', async () => {
    for (const [uri, text, mimeType] of [
      ['semdex://default/bread', '# Bread\n\nKnead the dough, and bake it in a hot oven.\n', 'text/markdown'],
      ['semdex://zweite/%C3%BCn%C3%AF%2F1', 'Another collection.', 'text/plain'],
    ] as const) {
      expect((await client.readResource({ uri })).contents).toEqual([{ uri, mimeType, text }])
    }
  })

  test.each([
    ['semdex://default/none'],
    ['semdex://none/bread'],
    ['semdex://default'],
    ['semdex://default/%'],
    ['file:///etc/passwd'],
  ])('there is no resource %s', async (uri) => {
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: expect.any(Number) })
  })

  test('a cursor that no page gave is refused', async () => {
    await expect(client.listResources({ cursor: 'x' })).rejects.toMatchObject({ code: -32_602 })
  })

  test('collections are completed', async () => {
    const { resourceTemplates } = await client.listResourceTemplates()
    const [{ uriTemplate } = { uriTemplate: '' }] = resourceTemplates
    expect(uriTemplate).toBe('semdex://{collection}/{id}')
    const ref = { type: 'ref/resource' as const, uri: uriTemplate }
    const values = async (name: string, value: string) =>
      (await client.complete({ ref, argument: { name, value } })).completion.values
    expect(await values('collection', '')).toEqual(['default', 'zweite'])
    expect(await values('collection', 'Zw')).toEqual(['zweite'])
    expect(await values('id', 'b')).toEqual([])
  })

  test('the prompt brings the question and its passages', async () => {
    const { prompts } = await client.listPrompts()
    expect(prompts.map(({ name }) => name)).toEqual(['answer-with-sources'])
    const question = 'how do reptiles regrow limbs'
    const { messages } = await client.getPrompt({ name: 'answer-with-sources', arguments: { question } })
    const { text } = (messages as unknown as { content: { text: string } }[])[0]?.content ?? { text: '' }
    expect(messages).toHaveLength(1)
    expect(text).toContain(question)
    expect(text).toContain('[1] default/notes/lizard tail:1')
    const asked = (given: Record<string, string>, name = 'answer-with-sources') =>
      client.getPrompt({ name, arguments: given })
    await expect(asked({})).rejects.toMatchObject({ code: -32_602, data: { details: { field: 'question' } } })
    await expect(asked({ question, collection: 'none' })).rejects.toMatchObject({ code: -32_602 })
    await expect(asked({ question }, 'none')).rejects.toMatchObject({ code: -32_602 })
  })
})

const CALLS: [string, Record<string, unknown>][] = [
  ['search', { query: 'bread', explain: true }],
  ['get', { id: 'bread', lines: [1, 2] }],
  ['status', {}],
  ['collections', {}],
  ['documents', { limit: 2 }],
  [
    'add',
    {
      documents: [
        { id: 'n1', text: 'Entry number 1.' },
        { id: 'n2', text: 'Entry number 2.' },
      ],
    },
  ],
  ['delete', { ids: ['absent'] }],
  ['models', {}],
]

test('docs/mcp.md lists the tools', async () => {
  const rows = readFileSync(inRepository('docs/mcp.md'), 'utf8').match(/^\| `(read|write|admin)`.*$/gm) ?? []
  let told: string[] = []
  for (const [i, access] of (['read', 'write', 'admin'] as const).entries()) {
    const names = [...(rows[i] ?? '').matchAll(/`([a-z_]+)`/g)].map(([, name]) => name as string)
    expect(names.shift()).toBe(access)
    told = [...told, ...names]
    const { tools } = await listTools(access)
    expect(told.sort(), access).toEqual(tools.map(({ name }) => name).sort())
  }
})

test.each(['/mcp', '/rpc'])('%s stands behind the middleware of the server', async (path) => {
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
  const accept = 'application/json, text/event-stream'
  const answer = (headers: Record<string, string>) => served.request('POST', path, message, { accept, ...headers })
  expect(await answer({})).toMatchObject({ status: 200 })
  expect(await answer({ host: 'evil.example' })).toMatchObject({
    status: 403,
    body: { error: { code: 'ORIGIN_REFUSED' } },
  })
  expect(await answer({ origin: 'https://evil.example' })).toMatchObject({ status: 403 })
})

test('the body of a web page is refused', async () => {
  const headers = { 'content-type': 'text/plain' }
  const init = { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }) }
  expect((await fetch(`${server.url}/mcp`, init)).status).toBe(415)
})

test('what is under way is stopped when a client of HTTP leaves', async () => {
  const { parts, asked, stopped } = neverEmbedding()
  const hanging = await serve(parts)
  const controller = new AbortController()
  const params = { name: 'search', arguments: { query: 'bread', mode: 'vector' } }
  const left = fetch(`${hanging.url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    signal: controller.signal,
  }).then((response) => response.text())
  await asked
  controller.abort()
  await expect(left).rejects.toThrow()
  await stopped
  await hanging.close()
})

/** Parts whose model takes for ever; `stopped` once it was told to stop. */
function neverEmbedding() {
  const events = new EventEmitter()
  const [asked, stopped] = [once(events, 'asked'), once(events, 'stopped')]
  const embed = (_texts: string[], { signal }: { signal?: AbortSignal }) => {
    events.emit('asked')
    return new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => {
        events.emit('stopped')
        reject(signal.reason)
      })
    })
  }
  const { models, configuration } = served.parts
  const embedder = async (name: string | null) => ({ ...(await models.embedder(name)), embed })
  const parts = {
    ...served.parts,
    configuration: { ...configuration, warmUp: false },
    storage: () => served.parts.storage(),
    models: { ...models, resolve: models.resolve.bind(models), embedder },
  }
  return { parts: parts as unknown as Parts, asked, stopped }
}

describe('over streams', () => {
  /** One client as lines of JSON. */
  function open(parts: Parts, access: 'read' | 'write' | 'admin' = 'write') {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const messages: { id?: number; result?: Record<string, unknown>; error?: object }[] = []
    let rest = ''
    output.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      messages.push(...lines.map((line) => JSON.parse(line)))
      output.emit('told')
    })
    const ended = serveMcp({ parts, access }, { input, output, signal: new AbortController().signal })
    const ask = async (id: number, method: string, params: object = {}) => {
      input.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
      for (;;) {
        const answer = messages.find((message) => message.id === id)
        if (answer) return answer
        await once(output, 'told')
      }
    }
    const initialize = () =>
      ask(0, 'initialize', {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      })
    return { input, ask, initialize, ended, messages }
  }

  test('the handshake is answered before the model is asked for, and does not wait for it', async () => {
    const events: string[] = []
    const models = {
      ...served.parts.models,
      resolve: served.parts.models.resolve.bind(served.parts.models),
      embedder() {
        events.push('model asked for')
        return new Promise<never>(() => {})
      },
    }
    const parts = { ...served.parts, storage: () => served.parts.storage(), models } as unknown as Parts
    const { ask, initialize, input, ended } = open(parts)
    expect((await initialize()).result).toMatchObject({ serverInfo: { name: 'semdex' }, protocolVersion: '2025-06-18' })
    events.push('handshake answered')
    const { result } = await ask(1, 'tools/list')
    expect(result?.tools).toBeInstanceOf(Array)
    while (events.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(events).toEqual(['handshake answered', 'model asked for'])
    input.end()
    await ended
  })

  test('a server that is not to warm up leaves the models alone', async () => {
    const configuration = { ...served.parts.configuration, warmUp: false }
    const storage = () => Promise.reject(new Error('not to be asked for'))
    const { ask, initialize, input, ended } = open({ ...served.parts, configuration, storage } as unknown as Parts)
    await initialize()
    expect((await ask(1, 'prompts/list')).result).toBeDefined()
    input.end()
    await ended
  })

  test.each([
    ['read', ['search', 'get', 'status'], ['add', 'delete', 'index']],
    ['write', ['search', 'add', 'delete'], ['index', 'collections_drop']],
    ['admin', ['search', 'add', 'index', 'collections_drop'], ['embed', 'config']],
  ] as const)('%s sees only what it may do', async (access, offered, withheld) => {
    const { ask, initialize, input, ended } = open(served.parts, access)
    await initialize()
    const { result } = await ask(1, 'tools/list')
    const { tools } = result as { tools: { name: string }[] }
    const names = tools.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining([...offered]))
    expect(names.filter((name) => (withheld as readonly string[]).includes(name))).toEqual([])
    const refused = await ask(2, 'tools/call', { name: withheld[0], arguments: {} })
    expect(refused.error).toMatchObject({ code: -32_602 })
    input.end()
    await ended
  })

  test('resources come page by page', async () => {
    const { ask, initialize, input, ended } = open(served.parts)
    await initialize()
    const uris: string[] = []
    let params: { cursor?: string } = {}
    for (let id = 1; id < 10; id++) {
      const { result } = await ask(id, 'resources/list', params)
      const { resources, nextCursor } = result as { resources: { uri: string }[]; nextCursor?: string }
      uris.push(...resources.map(({ uri }) => uri))
      if (nextCursor === undefined) break
      expect(uris).toHaveLength(id === 1 ? 100 : 132)
      params = { cursor: nextCursor }
    }
    expect(new Set(uris).size).toBe(133)
    input.end()
    await ended
  })

  test('a call that is cancelled is stopped and not answered', async () => {
    const { parts, asked, stopped } = neverEmbedding()
    const { ask, initialize, input, ended, messages } = open(parts)
    await initialize()
    void ask(1, 'tools/call', { name: 'search', arguments: { query: 'bread', mode: 'vector' } })
    await asked
    const params = { requestId: 1 }
    input.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params })}\n`)
    await stopped
    expect((await ask(2, 'prompts/list')).result).toBeDefined()
    expect(messages.filter(({ id }) => id === 1)).toEqual([])
    input.end()
    await ended
  })

  test('what is under way is stopped when the client leaves', async () => {
    const { parts, asked, stopped } = neverEmbedding()
    const { ask, initialize, input, ended } = open(parts)
    await initialize()
    void ask(1, 'tools/call', { name: 'search', arguments: { query: 'bread', mode: 'vector' } })
    await asked
    input.end()
    await ended
    await stopped
  })

  test('it ends when the client leaves', async () => {
    const { initialize, input, ended } = open(served.parts)
    await initialize()
    input.destroy()
    await ended
  })
})
