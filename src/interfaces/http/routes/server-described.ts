import type { JsonSchema } from '../../wire/json-schema.ts'
import { JSON_TYPE, type RouteDescription } from '../openapi/description.ts'

const EMBEDDINGS: JsonSchema = { enum: ['ready', 'loading', 'off', 'unavailable'] }
const STATE: JsonSchema = {
  type: 'object',
  properties: {
    status: { enum: ['ready', 'closing', 'unavailable'] },
    embeddings: EMBEDDINGS,
    error: {
      type: 'object',
      properties: { code: { type: 'string' }, fix: { type: 'string' } },
      required: ['code'],
    },
  },
  required: ['status', 'embeddings'],
}

/** A JSON-RPC message, or several of them. */
const MESSAGE: JsonSchema = {
  type: ['object', 'array'],
  description: '{"jsonrpc": "2.0", "id", "method", "params"}; methods are the operations by their names',
}

/** What watches the server, what describes it, and its other protocols. */
export async function describeServer(): Promise<readonly RouteDescription[]> {
  return [
    {
      method: 'GET',
      path: '/healthz',
      summary: 'Whether the process lives.',
      access: null,
      answers: answered('It does', { type: 'object', properties: { status: { const: 'ok' } }, required: ['status'] }),
    },
    {
      method: 'GET',
      path: '/readyz',
      summary: 'Whether the server can answer, and whether by meaning.',
      access: null,
      answers: { ...answered('It can', STATE), 503: { description: 'It cannot', content: { [JSON_TYPE]: STATE } } },
    },
    {
      method: 'GET',
      path: '/metrics',
      summary: 'Figures for Prometheus.',
      access: 'read',
      answers: { 200: { description: 'The figures', content: { 'text/plain': { type: 'string' } } } },
    },
    {
      method: 'GET',
      path: '/openapi.json',
      summary: 'This description, for programs.',
      access: null,
      answers: answered('An OpenAPI 3.1 document', { type: 'object', required: ['openapi', 'paths'] }),
    },
    {
      method: 'GET',
      path: '/docs',
      summary: 'This description, for people.',
      access: null,
      answers: { 200: { description: 'A page', content: { 'text/html': { type: 'string' } } } },
    },
    {
      method: 'GET',
      path: '/docs/style.css',
      summary: 'How the page looks.',
      access: null,
      answers: { 200: { description: 'A style sheet', content: { 'text/css': { type: 'string' } } } },
    },
    {
      method: 'POST',
      path: '/rpc',
      summary: 'The operations by JSON-RPC 2.0, batches and notifications included.',
      details: 'Errors of messages are in the answer. The method rpc.discover describes all.',
      access: 'read',
      body: { [JSON_TYPE]: MESSAGE },
      answers: {
        ...answered('The answer to each message that has an id', { type: ['object', 'array'] }),
        204: { description: 'There were notifications alone' },
      },
    },
    {
      method: 'POST',
      path: '/mcp',
      summary: 'The Model Context Protocol over Streamable HTTP, for agents.',
      details: 'See docs/mcp.md; its messages are those of the protocol.',
      access: 'read',
      body: { [JSON_TYPE]: { type: 'object' } },
      answers: answered('As the protocol has it', { type: 'object' }),
    },
  ]
}

function answered(description: string, schema: JsonSchema): RouteDescription['answers'] {
  return { 200: { description, content: { [JSON_TYPE]: schema } } }
}
