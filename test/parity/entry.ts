import type { OperationName } from '../../src/operations/table.ts'

/** What every interface is sent of one operation. Calls are made in order, one after the other, on the same database. */
export interface Entry {
  /** What the calls change; each interface then has a copy of its own to change. */
  changes: 'nothing' | 'database' | 'models'
  /** Sent before the others, so that there is something to find; only held to be no error. */
  before?: readonly Step[]
  good: readonly GoodCall[]
  /** At least two: a value of the wrong type, a field that is unheard of, or something that is not there. */
  bad: readonly BadCall[]
  /** Keys of the answer whose numbers or texts another run does not give again: only their types count, and null is any. */
  varies?: readonly string[]
}

export interface Step {
  operation: OperationName
  input: Input
  /** Sent again until this holds of the answer. */
  until?: (answer: Answer) => boolean
  /** Takes the key that was answered from here on, where the interface asks for one. */
  takesKey?: true
}

/** `earlier` has what this interface answered before, the steps' answers first. */
type Input = (scene: Paths, earlier: readonly Answer[]) => unknown

// biome-ignore lint/suspicious/noExplicitAny: what is answered is what the calls look at.
type Answer = any

export interface GoodCall {
  what: string
  input: Input
  /** What the answer holds, whoever is asked (`toMatchObject`). */
  answer: object
}

export interface BadCall {
  what: string
  input: Input
  code: string
  /** `details.field` of the error; null where it is about no field. */
  field: string | null
}

/** Where the files of the scene are. */
export interface Paths {
  /** A path of a file that no call changes. */
  file(name: string): string
}

/** What an interface answered, of an error only what parity is about. */
export type Outcome = { answer: unknown } | { error: { code: string; field: string | null } }
