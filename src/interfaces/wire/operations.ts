import { SemdexError } from '../../core/errors.ts'
import type { Operation } from '../../operations/operation.ts'
import { type OperationName, operations } from '../../operations/table.ts'

/** An operation whose input and output are known at run time alone. */
export type AnyOperation = Operation<unknown, unknown>

export const OPERATION_NAMES = Object.keys(operations) as OperationName[]

/** @throws {SemdexError} `OPERATION_UNKNOWN` */
export async function findOperation(name: string): Promise<AnyOperation> {
  if (!isOperation(name)) throw unknownOperation(name, 'GET /openapi.json lists them')
  return (await operations[name]()) as unknown as AnyOperation
}

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name)
}

/** `OPERATION_UNKNOWN`. */
export function unknownOperation(name: string, fix: string): SemdexError {
  return new SemdexError('OPERATION_UNKNOWN', {
    message: `There is no operation ${name}.`,
    fix,
    details: { operation: name, known: OPERATION_NAMES },
  })
}
