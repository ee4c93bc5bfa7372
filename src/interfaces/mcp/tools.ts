import { toSemdexError } from '../../core/errors.ts'
import { allows } from '../../operations/access.ts'
import type { Access } from '../../operations/operation.ts'
import { type CallToolResult, ProtocolError, type ServerContext, type Tool } from '../../vendor/mcp.ts'
import { type Caller, callOperation } from '../wire/call.ts'
import { inputJsonSchema, type JsonSchema, outputJsonSchema } from '../wire/json-schema.ts'
import { type AnyOperation, findOperation, OPERATION_NAMES } from '../wire/operations.ts'
import { portableSchema } from '../wire/portable-schema.ts'
import { reportProgress } from './progress.ts'
import { errorText, toText } from './text/text.ts'

/** Every operation that the caller may run and that is of use to an agent. */
export async function listTools(access: Access): Promise<{ tools: Tool[] }> {
  const all = await Promise.all(OPERATION_NAMES.map(findOperation))
  return { tools: all.filter((operation) => isOffered(operation, access)).map(describe) }
}

/**
 * Runs a tool. What goes wrong is a result that says so, which an agent can read and act on.
 * @throws {ProtocolError} -32602 where there is no such tool
 */
export async function callTool(
  { name, arguments: input = {} }: { name: string; arguments?: Record<string, unknown> | undefined },
  caller: Caller,
  context: ServerContext,
): Promise<{ result: CallToolResult; outputSchema?: JsonSchema }> {
  const operation = await findTool(name, caller.access)
  const { signal } = context.mcpReq
  const onProgress = reportProgress(context)
  try {
    const answer = await callOperation(operation.name, input, caller, { signal, ...(onProgress && { onProgress }) })
    const content = [{ type: 'text' as const, text: toText(operation.name, answer) }]
    const result = { content, structuredContent: answer as Record<string, unknown> }
    return { result, outputSchema: schemasOf(operation).output }
  } catch (thrown) {
    return { result: errorResult(thrown) }
  }
}

function errorResult(thrown: unknown): CallToolResult {
  const error = toSemdexError(thrown).toJSON()
  return { isError: true, content: [{ type: 'text', text: errorText(error) }], _meta: { 'semdex/error': error } }
}

async function findTool(name: string, access: Access): Promise<AnyOperation> {
  const all = await Promise.all(OPERATION_NAMES.map(findOperation))
  const operation = all.find((each) => toolName(each) === name || generatedName(each.name) === name)
  if (operation && isOffered(operation, access)) return operation
  throw new ProtocolError(-32_602, `There is no tool ${name}.`)
}

function isOffered({ access, agents = true }: AnyOperation, has: Access): boolean {
  return agents && allows(has, access)
}

function describe(operation: AnyOperation): Tool {
  const { name, summary, access } = operation
  const { input, output } = schemasOf(operation)
  return {
    name: toolName(operation),
    title: titleOf(name),
    description: summary,
    inputSchema: input as Tool['inputSchema'],
    outputSchema: output as NonNullable<Tool['outputSchema']>,
    annotations: ANNOTATIONS[access],
  }
}

/** What a client tells its user before a call; it does not hold by them. */
const ANNOTATIONS: Record<Access, NonNullable<Tool['annotations']>> = {
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  write: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  admin: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
}

/** What agents know it by; what is made of the operation's name is taken, too. */
export function toolName({ name, tool }: Pick<AnyOperation, 'name' | 'tool'>): string {
  return tool ?? generatedName(name)
}

/** Some clients take no dots: `collections.create` is `collections_create`. */
function generatedName(operation: string): string {
  return operation.replaceAll('.', '_')
}

/** `Collections: create` */
function titleOf(name: string): string {
  const title = name.replace('.', ': ')
  return title.charAt(0).toUpperCase() + title.slice(1)
}

const converted = new Map<string, { input: JsonSchema; output: JsonSchema }>()

function schemasOf({ name, input, output }: AnyOperation) {
  const known = converted.get(name)
  if (known) return known
  const schemas = { input: portableSchema(inputJsonSchema(input)), output: portableSchema(outputJsonSchema(output)) }
  converted.set(name, schemas)
  return schemas
}
