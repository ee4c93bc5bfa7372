/**
 * Care for a database file as a whole: copies, checks, and space given back. Everything else goes on meanwhile, unless it
 * says otherwise.
 *
 * - A call that was broken off, by its signal, `close` or the end of the process, leaves the database as it was.
 * - Safe for concurrent callers and for several processes on one database.
 * @throws {SemdexError} `DATABASE_CORRUPT`, `DATABASE_BUSY`, `DATABASE_READ_ONLY`, `DISK_FULL`, `STORE_CLOSED`, `ABORTED`
 */
export interface Upkeep {
  /**
   * Copies the database as it is at one moment into a file that is not there yet, without what writes beside it do
   * meanwhile; answers what was in it at that moment. The copy is one file alone. One that fails may leave a part of it.
   */
  copyTo(file: string, options?: { signal?: AbortSignal }): Promise<Contents>
  contents(): Promise<Contents>
  /** What is wrong with the file, in SQLite's words, some 20 things at most; none: it is sound. Reads all of it. */
  check(options?: { signal?: AbortSignal }): Promise<string[]>
  sizes(): Promise<DatabaseSizes>
  /** What belongs to nothing, by kind; kinds of which there is none are left out. */
  orphans(): Promise<Orphans[]>
  /** Removes it, in one transaction; answers what it was. */
  sweep(): Promise<Orphans[]>
  /** The names of the indexes' tables, in order. */
  indexes(): Promise<string[]>
  /** Makes an index smaller that keeps the space of what was removed; false where there is nothing to gain. */
  compactIndex(name: string): Promise<boolean>
  /**
   * Writes the whole file anew without its free pages. Reads go on; writes wait. Needs the file's live bytes twice more for
   * as long as it takes: beside it, and in the system's folder for temporary files.
   */
  shrink(): Promise<void>
}

/** What a database holds, counted row by row. */
export interface Contents {
  /** Of the last change. */
  sequence: number
  collections: number
  documents: number
  chunks: number
  vectors: number
  revisions: number
}

export interface DatabaseSizes {
  /** The file, and the log of changes beside it that is not merged into it yet. */
  bytes: number
  /** Pages that hold something. */
  liveBytes: number
}

export interface Orphans {
  what: string
  count: number
}
