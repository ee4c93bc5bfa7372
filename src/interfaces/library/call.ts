import type { Operation } from '../../operations/operation.ts'
import type { OperationName, operations } from '../../operations/table.ts'

type Loaded<Name extends OperationName> = Awaited<ReturnType<(typeof operations)[Name]>>

/** What an operation takes; fields with a default, and of several ways all but one, may be left out. */
export type InputOf<Name extends OperationName> =
  Loaded<Name> extends Operation<infer Input, infer _> ? { [Field in keyof Input]?: Input[Field] } : never

/** What an operation answers. */
export type AnswerOf<Name extends OperationName> =
  Loaded<Name> extends Operation<infer _, infer Answer> ? Answer : never
