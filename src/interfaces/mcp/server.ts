import { Server } from '../../vendor/mcp.ts'
import type { Caller } from '../wire/call.ts'
import { readVersion } from '../wire/version.ts'
import { getPrompt, listPrompts } from './prompts.ts'
import { complete, listResources, listTemplates, readResource } from './resources.ts'
import { callTool, listTools } from './tools.ts'

const INSTRUCTIONS = [
  'Semdex searches the documents that were indexed on this machine, by meaning and by keyword.',
  'Ask search with a whole question. A passage comes with its place (path:lines): cite it, and open more of it with get.',
  'status tells what is indexed.',
  'remember keeps what is worth knowing another time, and recall finds it again: ask it before you begin.',
].join(' ')

/**
 * One connection, or one request over HTTP: what it offers depends on what the caller may do. It keeps nothing between
 * calls, and nothing is loaded before it is asked for.
 */
export function createMcpServer(caller: Caller): Server {
  const info = { name: 'semdex', title: 'Semdex', version: readVersion() }
  const capabilities = { tools: {}, resources: {}, prompts: {}, completions: {} }
  const server = new Server(info, { capabilities, instructions: INSTRUCTIONS })
  server.setRequestHandler('tools/list', () => listTools(caller.access))
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const { result, outputSchema } = await callTool(params, caller, context)
    return server.projectCallToolResult(result, outputSchema)
  })
  server.setRequestHandler('resources/list', ({ params }) => listResources(params?.cursor, caller))
  server.setRequestHandler('resources/templates/list', () => listTemplates())
  server.setRequestHandler('resources/read', ({ params }, { mcpReq }) =>
    readResource(params.uri, caller, mcpReq.signal),
  )
  server.setRequestHandler('prompts/list', () => listPrompts())
  server.setRequestHandler('prompts/get', ({ params }, { mcpReq }) => getPrompt(params, caller, mcpReq.signal))
  server.setRequestHandler('completion/complete', ({ params }) => complete(params, caller))
  return server
}
