import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { toolName } from '../../../src/interfaces/mcp/tools.ts'
import { findOperation, OPERATION_NAMES } from '../../../src/interfaces/wire/operations.ts'
import type { OperationName } from '../../../src/operations/table.ts'
import { type Driver, failed } from './driver.ts'
import { bearer, HOST, servedApp } from './http.ts'

const FLOODS = 'the answer would only flood the context of an agent'
const NO_BUSINESS = 'an agent has no business with it'

/** Tools, over Streamable HTTP, with the protocol's own client: it holds answers to the output schemas, too. */
export const mcpDriver: Driver = {
  name: 'mcp',
  leavesOut: {
    'add.files': 'an agent adds texts',
    embed: FLOODS,
    'embeddings.get': FLOODS,
    metrics: FLOODS,
    'search.semantic': 'search finds by meaning, too, and says where each passage is',
    backfill: 'servers embed what waits by themselves',
    backup: NO_BUSINESS,
    'backup.list': NO_BUSINESS,
    'backup.verify': NO_BUSINESS,
    migrate: NO_BUSINESS,
    'migrate.plan': NO_BUSINESS,
    'migrate.status': NO_BUSINESS,
    'migrate.rollback': NO_BUSINESS,
    'migrate.remove': NO_BUSINESS,
    'bench.embed': NO_BUSINESS,
    compact: NO_BUSINESS,
    config: NO_BUSINESS,
    export: NO_BUSINESS,
    import: NO_BUSINESS,
    keys: NO_BUSINESS,
    'keys.create': NO_BUSINESS,
    'keys.revoke': NO_BUSINESS,
  },
  cannotSay: (_, input) => (Array.isArray(input) ? 'arguments are an object' : null),
  async open(state) {
    const parts = state.openParts()
    const app = servedApp(parts)
    const client = new Client({ name: 'parity', version: '1.0.0' })
    let key: string | null = null
    const fetchApp = async (url: string | URL, init?: RequestInit) => {
      const headers = new Headers(init?.headers)
      for (const [name, value] of Object.entries({ ...HOST, ...bearer(key) })) headers.set(name, value)
      return app.request(String(url), { ...init, headers })
    }
    await client.connect(new StreamableHTTPClientTransport(new URL('http://127.0.0.1:7333/mcp'), { fetch: fetchApp }))
    return {
      async offers() {
        const { tools } = await client.listTools()
        const all = await Promise.all(OPERATION_NAMES.map(findOperation))
        const offered = all.filter((operation) => tools.some(({ name }) => name === toolName(operation)))
        return offered.map(({ name }) => name as OperationName)
      },
      async call(name, input) {
        const args = input as Record<string, unknown>
        const result = await client.callTool(
          { name: toolName(await findOperation(name)), arguments: args },
          { timeout: 300_000 },
        )
        if (!result.isError) return { answer: result.structuredContent }
        return failed(result._meta?.['semdex/error'] as { code: string })
      },
      takeKey: (taken) => {
        key = taken
      },
      async close() {
        await client.close()
        await parts.close()
      },
    }
  },
}
