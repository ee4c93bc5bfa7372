import type { OperationName } from '../../../src/operations/table.ts'
import type { Outcome } from '../entry.ts'
import type { State } from '../scene.ts'

/** One interface: how an operation's input is said to it, and what it answers. */
export interface Driver {
  name: string
  /** Operations that the interface leaves out on purpose, each with the reason. */
  leavesOut: Partial<Record<OperationName, string>>
  /** Why the interface has no way to say this input of an operation that it has; null where it can be said. */
  cannotSay(operation: OperationName, input: unknown): string | null
  open(state: State): Promise<Session>
}

export interface Session {
  /** The operations that the interface offers, read from the interface itself. */
  offers(): Promise<readonly string[]>
  call(operation: OperationName, input: unknown): Promise<Outcome>
  /** What the interface makes of an operation's answer, where it has a shape of its own. */
  shape?(operation: OperationName, answer: unknown, input: unknown): unknown
  /** Shows this key from here on; missing where the machine's owner is not asked for one. */
  takeKey?(key: string): void
  close(): Promise<void>
}

export function failed(error: { code: string; details?: Record<string, unknown> | undefined }): Outcome {
  const field = error.details?.field
  return { error: { code: error.code, field: typeof field === 'string' ? field : null } }
}

/** For interfaces that take any JSON value. */
export const saysAll = () => null
