import type { ErrorAnswer } from '../../core/errors.ts'

/** What JSON-RPC 2.0 (jsonrpc.org/specification) says of a message, and nothing of what is called. */

export type RpcId = string | number | null

export interface RpcRequest {
  method: string
  params: unknown
  /** Undefined: a notification, which is not answered. */
  id: RpcId | undefined
}

export interface RpcError {
  code: number
  message: string
  /** The same error as every other interface says it. */
  data: ErrorAnswer
}

export type RpcResponse = { jsonrpc: '2.0'; id: RpcId } & ({ result: unknown } | { error: RpcError })

/** Null where nothing is answered: notifications alone. */
export type RpcAnswer = RpcResponse | RpcResponse[] | null

/** A request, or what is wrong with it. Its id is told where it can be, so that the caller can match the answer. */
export function readRequest(message: unknown): RpcRequest | { wrong: string; field: string | null; id: RpcId } {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return { wrong: 'A request is an object', field: null, id: null }
  }
  const { jsonrpc, method, params, id, ...others } = message as Record<string, unknown>
  const told = isId(id) ? id : null
  const wrong = (field: string, sentence: string) => ({ wrong: sentence, field, id: told })
  const [unknown] = Object.keys(others)
  if (id !== undefined && !isId(id)) return wrong('id', 'id is a string, a number or null')
  if (jsonrpc !== '2.0') return wrong('jsonrpc', 'jsonrpc is "2.0"')
  if (typeof method !== 'string') return wrong('method', 'method is a string')
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    return wrong('params', 'params is an object')
  }
  if (unknown !== undefined) return wrong(unknown, `A request has no member ${unknown}`)
  return { method, params, id }
}

/** A number that JSON cannot say again (1e400) is no id. */
function isId(id: unknown): id is RpcId {
  return id === null || typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id))
}
