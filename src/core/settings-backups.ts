import type { Setting } from './setting.ts'

/** Copies of the database. */
export const BACKUP_SETTINGS: readonly Setting[] = [
  {
    key: 'backups',
    name: 'backup.daily',
    variable: 'SEMDEX_BACKUP_DAILY',
    kind: 'switch',
    summary: 'On: a server that listens, or a daemon, backs the database up once a day.',
    initial: () => true,
  },
  {
    key: 'backupFolder',
    name: 'backup.folder',
    variable: 'SEMDEX_BACKUP_FOLDER',
    kind: 'path',
    summary: 'Where backups are kept; unset: in a folder beside the database, named after it.',
    initial: () => null,
  },
  {
    key: 'backupsKept',
    name: 'backup.keep',
    variable: 'SEMDEX_BACKUP_KEEP',
    kind: 'integer',
    minimum: 1,
    maximum: 10_000,
    summary: 'Daily backups that are kept; the oldest go. Those that were asked for stay.',
    initial: () => 7,
  },
]
