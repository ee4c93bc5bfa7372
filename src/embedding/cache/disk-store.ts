import { constants, rmSync, statSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { toSemdexError } from '../../core/errors.ts'
import { fromBlob, toBlob } from '../../core/vectors.ts'
import { openPool } from '../../sqlite/pool.ts'
import { caller, type SqlitePool } from '../../sqlite/procedures.ts'
import type { CachedResult } from '../result-cache.ts'
import type { diskReads, diskWrites, Row } from './disk-module.ts'
import type { ResultStore, StoredResult } from './result-store.ts'

export interface DiskStoreOptions {
  /** Absolute path of a file of its own; it and its folder are made when they are first needed. */
  file: string
  /** `inline` runs SQLite on the calling thread: for short-lived commands. */
  mode: 'inline' | 'threads'
  /** The most bytes of vectors; the file is about a half larger. Beyond it those go that were not used for longest. */
  maxBytes?: number
  /** Milliseconds after which a use is written down again. */
  touchAfter?: number
  /** Milliseconds for which a file that cannot be used is left alone. */
  restFor?: number
}

export interface DiskStore extends ResultStore {
  /** Answers what ends the use: the last one closes the file, once all is written. */
  retain(): () => Promise<void>
}

const MAX_BYTES = 256_000_000

const BUSY_TIMEOUT = 500

/**
 * Results in a SQLite file that several processes may use. It costs nobody an answer: what cannot be read is not known, what
 * cannot be written is lost, a file that cannot be used at all rests for a minute, and a damaged one is made anew.
 */
export function createDiskStore(options: DiskStoreOptions): DiskStore {
  const { file, maxBytes = MAX_BYTES, touchAfter = 60_000, restFor = 60_000 } = options
  let opened: Promise<OpenFile> | null = null
  let restUntil = 0
  let writing: Promise<unknown> = Promise.resolve()
  let users = 0

  async function attempt<T>(work: (pool: SqlitePool) => Promise<T>, otherwise: T): Promise<T> {
    if (Date.now() < restUntil) return otherwise
    opened ??= openFile(options)
    const current = opened
    try {
      return await work((await current).pool)
    } catch (thrown) {
      if (opened === current) await recover(current, toSemdexError(thrown).code)
      return otherwise
    }
  }

  async function recover(current: Promise<OpenFile>, code: string): Promise<void> {
    const isOpen = await current.then(
      () => true,
      () => false,
    )
    if (isOpen && PASSING.has(code)) return
    restUntil = Number.POSITIVE_INFINITY
    opened = null
    const mine = isOpen ? await current : null
    await mine?.pool.close().catch(() => undefined)
    const isReplaced = mine !== null && mine.inode !== inodeOf(file)
    const isGone = isReplaced || (code === 'DATABASE_CORRUPT' && removeFile(file))
    restUntil = isGone ? 0 : Date.now() + restFor
  }

  /** At most one write waits for another: who writes faster than the disk waits for it. */
  function write(work: (pool: SqlitePool) => Promise<unknown>): Promise<unknown> {
    const earlier = writing
    writing = earlier.then(() => attempt(work, null))
    return earlier
  }

  async function close(): Promise<void> {
    await writing
    const closing = opened
    opened = null
    await closing?.then(({ pool }) => pool.close()).catch(() => undefined)
  }

  return {
    async get(keys) {
      const rows = await attempt((pool) => caller<typeof diskReads>(pool, 'read')('find', { keys }), [])
      const now = Date.now()
      const used = keys.filter((_, at) => rows[at] && now - rows[at].used > touchAfter)
      if (used.length > 0) {
        void write((pool) => caller<typeof diskWrites>(pool, 'write')('touch', { keys: used, now }))
      }
      return keys.map((_, at) => toResult(rows[at] ?? null))
    },
    async set(entries) {
      const rows = entries.map(toRow)
      await write((pool) => caller<typeof diskWrites>(pool, 'write')('keep', { rows, maxBytes }))
    },
    retain() {
      users++
      return async () => {
        users--
        if (users === 0) await close()
      }
    },
  }
}

/** What is over soon, or concerns writes alone. */
const PASSING: ReadonlySet<string> = new Set(['DATABASE_BUSY', 'DISK_FULL'])

interface OpenFile {
  pool: SqlitePool
  inode: bigint | null
}

async function openFile({ file, mode }: DiskStoreOptions): Promise<OpenFile> {
  await assertWritable(file)
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const thread = new URL(`./disk-thread${extension}`, import.meta.url)
  const source = { thread, load: () => import('./disk-module.ts') }
  const settings = {
    synchronous: 'normal',
    busyTimeout: BUSY_TIMEOUT,
    sqliteVec: false,
    mapped: false,
    readers: 1,
  } as const
  const pool = await openPool(source, { file, mode, ...settings })
  return { pool, inode: inodeOf(file) }
}

/** A file that cannot be written would be copied to be read. */
async function assertWritable(file: string): Promise<void> {
  if (inodeOf(file) === null) return
  await access(file, constants.W_OK)
  await access(dirname(file), constants.W_OK)
}

/** Null where there is no file, or none that may be looked at. */
function inodeOf(file: string): bigint | null {
  try {
    return statSync(file, { bigint: true }).ino
  } catch {
    return null
  }
}

function removeFile(file: string): boolean {
  try {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
    return true
  } catch {
    return false
  }
}

function toRow({ key, result: { vector, tokens, truncated } }: StoredResult): Row {
  return { key, vector: toBlob(vector), tokens, truncated, used: Date.now() }
}

function toResult(row: Row | null): CachedResult | null {
  if (!row) return null
  const { vector, tokens, truncated } = row
  return { vector: fromBlob(vector), tokens, truncated }
}
