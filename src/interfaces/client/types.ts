import type { Operation } from '../../operations/operation.ts'
import type { operations } from '../../operations/table.ts'

/** Every operation's name. */
export type Operations = keyof typeof operations

type Loaded<Name extends Operations> = Awaited<ReturnType<(typeof operations)[Name]>>

/** What an operation takes; what has a default may be left out. */
export type InputOf<Name extends Operations> =
  Loaded<Name> extends Operation<infer _Input, infer _Output, infer Given> ? Given : never

/** What an operation answers, as JSON: typed arrays are arrays of numbers. */
export type AnswerOf<Name extends Operations> =
  Loaded<Name> extends Operation<infer _Input, infer Output, infer _Given> ? Json<Output> : never

type Json<T> = T extends Float32Array | Int8Array | Uint8Array
  ? number[]
  : T extends (infer Item)[]
    ? number extends T['length']
      ? Json<Item>[]
      : { [At in keyof T]: Json<T[At]> }
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T

/** A call whose input may be left out where nothing in it must be said. */
export type Call<Name extends Operations, Options> =
  Record<never, never> extends InputOf<Name>
    ? (input?: InputOf<Name>, options?: Options) => Promise<AnswerOf<Name>>
    : (input: InputOf<Name>, options?: Options) => Promise<AnswerOf<Name>>
