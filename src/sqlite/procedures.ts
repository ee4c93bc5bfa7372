import type { SemdexError } from '../core/errors.ts'
import type { Connection, ConnectionOptions } from './connection.ts'
import type { Migration } from './migrate.ts'

/** A piece of work on a connection: synchronous, but for upkeep. Arguments and result survive structured cloning. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds procedures of different arguments; `caller` restores their types
export type Procedure = (connection: Connection, args: any) => unknown
export type Procedures = Record<string, Procedure>

/** What the folder of the database runs without knowing it: loaded by its URL in every thread. */
export interface StorageModule {
  migrations: readonly Migration[]
  /** Each runs on one snapshot. */
  reads: Procedures
  /** Each runs in one transaction that holds the write lock. */
  writes: Procedures
  /** Each runs outside of any transaction, and begins those that it needs. */
  upkeep?: Procedures
  /** Runs once on a connection that may write, after the migrations. */
  prepare(connection: Connection): void
}

export interface PoolOptions extends ConnectionOptions {
  /** `inline` runs on the calling thread: for short-lived commands. */
  mode: 'inline' | 'threads'
  /** The most threads that read. Default 2. */
  readers?: number
  warn?: (warning: SemdexError) => void
}

/** Where procedures run: on this thread or on others. */
export interface SqlitePool {
  readonly file: string
  readonly readOnly: boolean
  read(name: string, args: unknown, signal?: AbortSignal): Promise<unknown>
  /** A read that computes for long: what waits lets short reads go before it. */
  scan(name: string, args: unknown, signal?: AbortSignal): Promise<unknown>
  write(name: string, args: unknown, signal?: AbortSignal): Promise<unknown>
  /**
   * Work on the file as a whole. `aside`: on a connection of its own that only reads, in a thread that ends with it, so that
   * all other work goes on; a signal ends it. `alone`: in the place of the one that writes.
   */
  upkeep(where: 'aside' | 'alone', name: string, args: unknown, signal?: AbortSignal): Promise<unknown>
  close(): Promise<void>
}

export type Caller<P extends Procedures> = <Name extends keyof P & string>(
  name: Name,
  args: Parameters<P[Name]>[1],
  signal?: AbortSignal,
) => Promise<ReturnType<P[Name]>>

/** The procedures of one table as one async function with their types. */
export function caller<P extends Procedures>(pool: SqlitePool, kind: 'read' | 'scan' | 'write'): Caller<P> {
  return ((name: string, args: unknown, signal?: AbortSignal) => pool[kind](name, args, signal)) as Caller<P>
}

/** The upkeep procedures of one table as one async function with their types. */
export function upkeepCaller<P extends Procedures>(pool: SqlitePool, where: 'aside' | 'alone') {
  return <Name extends keyof P & string>(
    name: Name,
    args: Parameters<P[Name]>[1],
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<P[Name]>>> =>
    pool.upkeep(where, name, args, signal) as Promise<Awaited<ReturnType<P[Name]>>>
}
