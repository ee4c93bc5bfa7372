import type { Configuration, ResolvedConfiguration } from '../../core/configuration.ts'
import type { Parts } from '../../core/parts.ts'
import type { Operation, OperationContext } from '../../operations/operation.ts'
import type { OperationName, operations } from '../../operations/table.ts'
import type { Flag, FlagValues } from './flags.ts'
import type { Output } from './output.ts'

/** One verb as data: what it takes, how that becomes an operation's input, and how the answer is shown to people. */
export interface Verb {
  /** One word, or two: `collections create`. */
  name: string
  summary: string
  /** What help says beyond the summary. */
  details?: string
  positionals: readonly Positional[]
  flags: readonly Flag[]
  examples: readonly Example[]
  action: Action
}

export interface Positional {
  name: string
  summary: string
  required?: boolean
  /** Takes all that is left. */
  repeatable?: boolean
  /** Completes paths, or these words. */
  completes?: 'path' | readonly string[]
}

export interface Example {
  command: string
  summary: string
}

/** Most verbs are one operation and a way to show its answer; the others bring a command of their own. */
export type Action =
  | {
      operation: OperationName
      input: (args: Arguments) => Record<string, unknown> | Promise<Record<string, unknown>>
      render: () => Promise<(answer: never, output: Output) => string>
      /** The exit code of an answer; 0 where this is missing. */
      exit?: (answer: never) => number
    }
  | { command: () => Promise<(call: Call) => Promise<number>> }

/** What was typed after the verb. */
export interface Arguments {
  positionals: readonly string[]
  flags: FlagValues
}

/** What a verb's command works with. */
export interface Call extends Arguments {
  verbs: readonly Verb[]
  output: Output
  signal: AbortSignal
  configuration: ResolvedConfiguration
  /**
   * Runs an operation: in the daemon of the database, where one serves it with these settings, else here, with progress
   * and warnings shown. `threads`: here with models in threads of their own, for many texts.
   */
  run<Name extends OperationName>(name: Name, input: unknown, options?: { threads?: boolean }): Promise<AnswerOf<Name>>
  /** Everything on this thread: quick to start. */
  parts: Parts
  /** The same database, and models in threads of their own: for many texts. `changes` counts at the first call. */
  threadedParts(changes?: Partial<Configuration>): Parts
  /** Everything in threads of its own: for a process that answers many. */
  servedParts(): Parts
  /** For operations that take long: stops with the signal, shows progress, prints warnings. */
  context(): OperationContext
  /** Takes the progress bar away, before anything is printed. */
  endProgress(): void
}

export type AnyOperation = Operation<unknown, unknown>

/** What an operation answers. */
export type AnswerOf<Name extends OperationName> =
  Awaited<ReturnType<(typeof operations)[Name]>> extends { run(...args: never[]): Promise<infer Output> }
    ? Output
    : never
