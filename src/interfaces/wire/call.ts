import type { Parts } from '../../core/parts.ts'
import { assertMayRun } from '../../operations/access.ts'
import { type Access, invoke, type OperationContext } from '../../operations/operation.ts'
import { toJsonValue } from './json.ts'
import { findOperation } from './operations.ts'

/** Who asks, and what answers. */
export interface Caller {
  parts: Parts
  /** The most that the caller may do: `admin` includes `write`, which includes `read`. */
  access: Access
  /** The id of the caller's key; null or absent where it has none. */
  key?: string | null
  /** Asked before each operation by its name; throws where the caller has to wait. */
  onCall?: (operation: string) => Promise<void>
  /** Told what the parts of the work took. */
  onStage?: OperationContext['onStage']
}

/**
 * Runs an operation for somebody outside this process; the answer is JSON values alone. Every served interface calls
 * operations here and nowhere else, so that access, validation and errors are the same in all of them.
 * @throws {SemdexError} `OPERATION_UNKNOWN`, `ACCESS_DENIED`, `INVALID_INPUT`; what the operation throws
 */
export async function callOperation(
  name: string,
  input: unknown,
  caller: Caller,
  context: OperationContext = {},
): Promise<unknown> {
  const { parts, onStage } = caller
  const { operation, asker } = await admit(name, input, caller)
  return toJsonValue(await invoke(operation, parts, input, { ...context, asker, ...(onStage && { onStage }) }))
}

/**
 * Lets somebody do what an operation does, where its answer is of another form than the operation's.
 * @throws {SemdexError} `OPERATION_UNKNOWN`, `ACCESS_DENIED`; what `onCall` throws
 */
export async function admit(name: string, input: unknown, { parts, access, key = null, onCall }: Caller) {
  const operation = await findOperation(name)
  const asker = { access, key }
  await assertMayRun(asker, operation, { input, parts })
  await onCall?.(operation.name)
  return { operation, asker }
}
