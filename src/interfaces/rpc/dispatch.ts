import { SemdexError } from '../../core/errors.ts'
import type { OperationContext } from '../../operations/operation.ts'
import { type Caller, callOperation } from '../wire/call.ts'
import { parseJson } from '../wire/json-text.ts'
import { isOperation } from '../wire/operations.ts'
import { INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, toRpcError } from './errors.ts'
import { type RpcAnswer, type RpcId, type RpcRequest, type RpcResponse, readRequest } from './messages.ts'

/** A batch holds this many requests at most, of which so many run side by side. */
export const BATCH_LIMIT = 100
const AT_ONCE = 4

/**
 * Answers one message of JSON-RPC 2.0, whatever JSON value it is: a request, a notification or a batch of both. The
 * methods are the operations, by their names, and `rpc.discover`, which lists them. Never throws.
 */
export async function dispatch(message: unknown, caller: Caller, context: OperationContext = {}): Promise<RpcAnswer> {
  if (!Array.isArray(message)) return answer(message, caller, context)
  if (message.length === 0 || message.length > BATCH_LIMIT) return refuseBatch(message.length)
  const answers = await mapBounded(message, AT_ONCE, (each) => answer(each, caller, context))
  const said = answers.filter((each) => each !== null)
  return said.length > 0 ? said : null
}

/** `dispatch` of a message as the bytes that came. Never throws. */
export async function dispatchBytes(
  bytes: Uint8Array | ArrayBuffer,
  caller: Caller,
  context: OperationContext = {},
): Promise<RpcAnswer> {
  let message: unknown
  try {
    message = parseJson(bytes, 'message')
  } catch (thrown) {
    return failure(null, thrown, PARSE_ERROR)
  }
  return dispatch(message, caller, context)
}

async function answer(message: unknown, caller: Caller, context: OperationContext): Promise<RpcResponse | null> {
  const request = readRequest(message)
  if ('wrong' in request) return failure(request.id, invalid(request.wrong, request.field), INVALID_REQUEST)
  const { id, method } = request
  try {
    const result = await call(request, caller, context)
    return id === undefined ? null : { jsonrpc: '2.0', id, result }
  } catch (thrown) {
    return id === undefined ? null : failure(id, thrown, isMethod(method) ? undefined : METHOD_NOT_FOUND)
  }
}

async function call({ method, params }: RpcRequest, caller: Caller, context: OperationContext): Promise<unknown> {
  if (isMethod(method) && Array.isArray(params)) {
    throw invalid('params are given by name, as an object; there are none by position', 'params')
  }
  if (method === DISCOVER) return (await import('./discover.ts')).discover(params ?? {})
  return callOperation(method, params ?? {}, caller, context)
}

const DISCOVER = 'rpc.discover'

function isMethod(name: string): boolean {
  return name === DISCOVER || isOperation(name)
}

function refuseBatch(size: number): RpcResponse {
  const limits = `1 to ${BATCH_LIMIT} requests`
  return failure(null, invalid(`A batch has ${limits}; this one has ${size}`, null), INVALID_REQUEST)
}

function failure(id: RpcId, thrown: unknown, code?: number): RpcResponse {
  return { jsonrpc: '2.0', id, error: toRpcError(thrown, code) }
}

function invalid(sentence: string, field: string | null): SemdexError {
  return new SemdexError('INVALID_INPUT', { message: `${sentence}.`, details: { field } })
}

async function mapBounded<T, R>(items: readonly T[], limit: number, map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const work = async () => {
    while (next < items.length) {
      const i = next++
      results[i] = await map(items[i] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return results
}
