import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import type { Parts } from '../core/parts.ts'
import type { StageListener } from '../core/stage-time.ts'

/**
 * Who may ask a server for it. `admin`: whatever reads or writes the machine's own files, beside the database, or removes a
 * collection. The library and the command line, which are the machine's owner, are not asked.
 */
export type Access = 'read' | 'write' | 'admin'

/**
 * One use case as data. Everything a caller can get wrong is in `input`; everything it can answer is in `output`. `Given` is
 * what a caller may write, before defaults are filled in.
 */
export interface Operation<Input, Output, Given = unknown> {
  name: string
  summary: string
  access: Access
  /** False: no tool for agents, whose context its answers would only flood, or that have no business with it. */
  agents?: boolean
  /** Its name as a tool for agents, where they know what it does under another. */
  tool?: string
  /**
   * Set where it may take long, so that it can also be run as a job; its answer is then JSON values alone. `resume`: a run
   * that was broken off is begun again by itself, and does what is left.
   */
  job?: 'resume' | 'once'
  input: v.GenericSchema<Given, Input>
  output: v.GenericSchema<unknown, Output>
  run(parts: Parts, input: Input, context: OperationContext): Promise<Output>
}

/** Who asks a server. */
export interface Asker {
  /** The most that it may do: `admin` includes `write`, which includes `read`. */
  access: Access
  /** The id of its key; null where it has none. */
  key: string | null
}

export interface OperationContext {
  signal?: AbortSignal
  /** Absent for the library and the command line: the machine's owner asks, who may do everything. */
  asker?: Asker
  onProgress?: (progress: Progress) => void
  /** Told what is worth knowing and stops nothing. */
  onWarning?: (message: string) => void
  /** Told of each part of the work when it has ended. */
  onStage?: StageListener
}

/** How far a stage is. `total` is null while it is not known. */
export interface Progress {
  stage: 'index' | 'evaluate' | 'embed' | 'bench' | 'pull' | 'delete' | 'backup' | 'compact' | 'export' | 'import'
  done: number
  total: number | null
  unit: string
  /** Chunks written so far, where the stage writes any. */
  chunks?: number
}

/** Types an operation by its schemas. */
export function operation<I extends v.GenericSchema, O extends v.GenericSchema>(
  definition: Omit<Operation<v.InferOutput<I>, v.InferOutput<O>>, 'input' | 'output'> & { input: I; output: O },
): Operation<v.InferOutput<I>, v.InferOutput<O>, v.InferInput<I>> {
  return definition as unknown as Operation<v.InferOutput<I>, v.InferOutput<O>, v.InferInput<I>>
}

/**
 * Checks the input, then runs the operation. A list is no object, though the schemas would take it for an empty one.
 * @throws {SemdexError} `INVALID_INPUT`, with the field's name in `details.field`.
 */
export async function invoke<Input, Output>(
  op: Operation<Input, Output>,
  parts: Parts,
  input: unknown,
  context: OperationContext = {},
): Promise<Output> {
  return op.run(parts, checkInput(op.name, op.input, input), context)
}

/**
 * The input as the schema gives it; `name` says in the error what it was for.
 * @throws {SemdexError} `INVALID_INPUT`, with the field's name in `details.field`.
 */
export function checkInput<Output>(name: string, schema: v.GenericSchema<unknown, Output>, input: unknown): Output {
  const checked = v.safeParse(schema, Array.isArray(input) ? null : input)
  if (!checked.success) throw invalidInput(name, checked.issues[0])
  return checked.output
}

function invalidInput(name: string, issue: v.BaseIssue<unknown>): SemdexError {
  const field = v.getDotPath(issue)
  return new SemdexError('INVALID_INPUT', {
    message: `${name}: ${field ? `${field}: ` : ''}${issue.message}.`,
    details: { field, operation: name },
  })
}
