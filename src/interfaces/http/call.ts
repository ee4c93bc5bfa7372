import type { OperationContext } from '../../operations/operation.ts'
import type { Context } from '../../vendor/hono.ts'
import { callOperation } from '../wire/call.ts'
import type { Env } from './server-parts.ts'

/**
 * Runs an operation for the one who asks, within their limits, until the request ends.
 * @throws {SemdexError} as `callOperation`; `RATE_LIMITED`
 */
export function call(c: Context<Env>, name: string, input: unknown, context: OperationContext = {}): Promise<unknown> {
  return callOperation(name, input, c.get('caller'), { signal: c.get('signal'), ...context })
}
