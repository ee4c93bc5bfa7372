import { SemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import { type Access, invoke, type OperationContext } from '../../operations/operation.ts'
import { toJsonValue } from './json.ts'
import { findOperation } from './operations.ts'

/** Who asks, and what answers. */
export interface Caller {
  parts: Parts
  /** The most that the caller may do: `admin` includes `write`, which includes `read`. */
  access: Access
}

/**
 * Runs an operation for somebody outside this process; the answer is JSON values alone. Every served interface calls
 * operations here and nowhere else, so that access, validation and errors are the same in all of them.
 * @throws {SemdexError} `OPERATION_UNKNOWN`, `ACCESS_DENIED`, `INVALID_INPUT`; what the operation throws
 */
export async function callOperation(
  name: string,
  input: unknown,
  { parts, access }: Caller,
  context: OperationContext = {},
): Promise<unknown> {
  const operation = await findOperation(name)
  assertAccess(access, operation.access, name)
  return toJsonValue(await invoke(operation, parts, input, context))
}

const RANK: Record<Access, number> = { read: 0, write: 1, admin: 2 }

/** @throws {SemdexError} `ACCESS_DENIED` */
export function assertAccess(has: Access, needs: Access, what: string): void {
  if (RANK[has] >= RANK[needs]) return
  throw new SemdexError('ACCESS_DENIED', {
    message: `${what} needs a key of the scope ${needs}; this one has ${has}.`,
    fix: `Use a key of the scope ${needs} (semdex keys create --scope ${needs})`,
    details: { needs, has },
  })
}
