import { resolve } from 'node:path'
import { operations } from '../../operations/table.ts'
import type { Invoke } from './models.ts'

const loadRestore = async () => (await import('../../operations/upkeep/backups.ts')).backupRestore

/** Copies of an open database's file: `db.backups`. */
export class BackupManager {
  readonly #invoke: Invoke

  constructor(invoke: Invoke) {
    this.#invoke = invoke
  }

  /**
   * Copies the database as it is at one moment, while it is in use; the copy is checked and searched.
   * @param path The file, which must not be there, or a folder. Default: a name of its own in the setting `backup.folder`.
   * @throws {SemdexError} `BACKUP_EXISTS`, `BACKUP_INVALID`, `DISK_FULL`, `PATH_UNREADABLE`
   */
  async create(path?: string) {
    return this.#invoke(operations.backup, path === undefined ? {} : { path: resolve(path) })
  }

  /** All of them, the newest first. */
  async list() {
    return (await this.#invoke(operations['backup.list'], {})).backups
  }

  /** What is in one that is sound. @throws {SemdexError} `BACKUP_INVALID`, `PATH_NOT_FOUND`, `DATABASE_NEWER` */
  async verify(path: string) {
    return this.#invoke(operations['backup.verify'], { path: resolve(path) })
  }

  /**
   * Puts one in the place of the database, which nothing may have open: call it before all else. The database that was there
   * is kept under the name that is answered.
   * @throws {SemdexError} `DATABASE_EXISTS` without `force`, `DATABASE_BUSY`, `BACKUP_INVALID`, `PATH_NOT_FOUND`
   */
  async restore(path: string, options: { force?: boolean } = {}) {
    return this.#invoke(loadRestore, { path: resolve(path), ...options })
  }
}
