import type { Operation } from '../../operations/operation.ts'
import type { operations } from '../../operations/table.ts'

type Table = typeof operations
export type Name = keyof Table
type Named<N extends Name> = Awaited<ReturnType<Table[N]>>

/** What an operation answers. */
export type Answer<N extends Name> = Named<N> extends Operation<infer _Input, infer Output> ? Output : never
/** What an operation takes; what has a default may be left out. */
export type Input<N extends Name> = Named<N> extends Operation<infer Given, infer _Output> ? Partial<Given> : never

export type Hit = Answer<'search'>['hits'][number]
export type JobSummary = Answer<'jobs'>['jobs'][number]
export type CollectionStatus = Answer<'status'>['collections'][number]
