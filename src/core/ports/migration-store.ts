import type { Side, SideModel } from '../sides.ts'

/**
 * Moves of a side from one model to another. The side keeps an index of the old model and one of the new, of which one
 * serves; both are filled through `WaitingStore` and `putVectors`, and every change of a document changes both.
 *
 * - A side has one migration at most, from its beginning until its end.
 * - `switchMigration` is atomic: every search sees either the one index or the other, and the documents' counts with it.
 * - A side whose model is the text side's moves with it; a migration of the code side gives it a model of its own. Which sides
 *   a migration moves, and their models, are changed by nothing else while it is there: that is `MIGRATION_EXISTS`.
 * - Safe for concurrent callers and for several processes on one database.
 * @throws {SemdexError} `COLLECTION_NOT_FOUND`, `DATABASE_BUSY`, `DATABASE_READ_ONLY`, `DISK_FULL`, `STORE_CLOSED`
 */
export interface MigrationStore {
  /**
   * The old index goes on serving, the new one waits for all its vectors.
   * @throws {SemdexError} `MIGRATION_EXISTS` where one moves the side, or another that moves with it; `INVALID_INPUT` where the side has that model
   */
  beginMigration(collection: string, side: Side, to: SideModel, at: number): Promise<ModelMigration>
  migration(collection: string, side: Side): Promise<ModelMigration | null>
  /** By collection and side. */
  migrations(): Promise<ModelMigration[]>
  /**
   * Lets the other index serve, unless a chunk waits for its vector there; answers how many do. Chunks that have a reason
   * instead of a vector do not wait.
   * @throws {SemdexError} `MIGRATION_NOT_FOUND`
   */
  switchMigration(collection: string, side: Side, serving: 'old' | 'new', at: number): Promise<SwitchAnswer>
  /** Keeps what the two indexes were compared by. @throws {SemdexError} `MIGRATION_NOT_FOUND` */
  putComparison(collection: string, side: Side, comparison: unknown): Promise<void>
  /** Removes the index that does not serve, with its vectors, and the migration. False where there was none. */
  endMigration(collection: string, side: Side): Promise<boolean>
}

export interface ModelMigration {
  collection: string
  side: Side
  old: SideModel
  new: SideModel
  serving: 'old' | 'new'
  startedAt: number
  /** When the serving index was changed last; null before the first time. */
  switchedAt: number | null
  /** A JSON value; null before it is made. */
  comparison: unknown
}

export interface SwitchAnswer {
  migration: ModelMigration
  /** Above 0: nothing was switched. */
  waiting: number
}
