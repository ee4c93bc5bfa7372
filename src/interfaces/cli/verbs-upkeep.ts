import { resolve } from 'node:path'
import { COLLECTION_FLAG } from './flags.ts'
import type { Verb } from './verb.ts'

const BACKUP = { name: 'path', summary: 'The backup', required: true, completes: 'path' as const }

/** The verbs that look after the database file. */
export const UPKEEP_VERBS: readonly Verb[] = [
  {
    name: 'backup',
    summary: 'Copy the database to a file while it is in use',
    details:
      'The copy is of one moment, whatever is written meanwhile. It is opened, checked and searched before it gets its name, and overwrites nothing. A server that listens makes one a day by itself and keeps the last seven.',
    positionals: [{ name: 'path', summary: 'The file, or a folder', completes: 'path' }],
    flags: [],
    examples: [
      { command: 'semdex backup', summary: 'in the folder of backups' },
      { command: 'semdex backup /mnt/usb/semdex.db', summary: 'into this file' },
    ],
    action: {
      operation: 'backup',
      input: ({ positionals: [path] }) => (path === undefined ? {} : { path: absolute(path) }),
      render: async () => (await import('./render/upkeep.ts')).renderBackup,
    },
  },
  {
    name: 'backup list',
    summary: 'List the backups of the database',
    details: 'Also those made before the database got a newer schema, and databases that a backup was restored over.',
    positionals: [],
    flags: [],
    examples: [{ command: 'semdex backup list', summary: 'the newest first' }],
    action: {
      operation: 'backup.list',
      input: () => ({}),
      render: async () => (await import('./render/upkeep.ts')).renderBackups,
    },
  },
  {
    name: 'backup verify',
    summary: 'Check a backup: open it, have SQLite check it, and search it',
    positionals: [BACKUP],
    flags: [],
    examples: [{ command: 'semdex backup verify /mnt/usb/semdex.db', summary: 'ends with 2 where it is damaged' }],
    action: {
      operation: 'backup.verify',
      input: ({ positionals: [path = ''] }) => ({ path: resolve(path) }),
      render: async () => (await import('./render/upkeep.ts')).renderVerified,
    },
  },
  {
    name: 'backup restore',
    summary: 'Put a backup in the place of the database',
    details:
      'The backup is checked first. Nothing may have the database open: semdex serve --stop ends its daemon. The database that was there is kept under a name that is printed.',
    positionals: [BACKUP],
    flags: [{ name: 'force', type: 'switch', summary: 'Also where there is a database' }],
    examples: [{ command: 'semdex backup restore /mnt/usb/semdex.db --force', summary: 'over what is there' }],
    action: { command: async () => (await import('./commands/restore.ts')).restoreCommand },
  },
  {
    name: 'export',
    summary: 'Write documents with their vectors and all else that is stored of them as JSON lines',
    details:
      'To stdout, or to a file, which must not be there. Another Semdex takes them in with semdex import, and embeds nothing again where it has the same models.',
    positionals: [],
    flags: [
      { ...COLLECTION_FLAG, initial: 'all' },
      { name: 'out', short: 'o', type: 'path', value: 'file', summary: 'The file; -: stdout', initial: '-' },
    ],
    examples: [
      { command: 'semdex export --out all.jsonl', summary: 'everything' },
      { command: 'semdex export -c notes | gzip > notes.jsonl.gz', summary: 'one collection, packed' },
    ],
    action: { command: async () => (await import('./commands/transfer.ts')).exportCommand },
  },
  {
    name: 'import',
    summary: 'Take in what semdex export has written',
    details:
      'A line that cannot be taken is said with its number; the others are taken. Vectors of models that the collection does not use are left out: semdex backfill embeds those passages.',
    positionals: [{ name: 'path', summary: 'The export; -: stdin', required: true, completes: 'path' }],
    flags: [
      {
        name: 'if-exists',
        type: 'choice',
        value: 'what',
        choices: ['replace', 'fail'],
        summary: 'What becomes of a document whose id is taken',
        initial: 'replace',
      },
    ],
    examples: [{ command: 'semdex import all.jsonl', summary: 'into this database' }],
    action: { command: async () => (await import('./commands/transfer.ts')).importCommand },
  },
  {
    name: 'compact',
    summary: 'Give back the space of what was deleted, and remove what belongs to nothing',
    details:
      "Searches go on meanwhile; what writes waits. It needs the database's size twice more, for as long as it takes. Killed at any moment, it loses nothing.",
    positionals: [],
    flags: [],
    examples: [{ command: 'semdex compact', summary: 'says what it gave back' }],
    action: {
      operation: 'compact',
      input: () => ({}),
      render: async () => (await import('./render/upkeep.ts')).renderCompaction,
    },
  },
]

/** What ends with a slash is a folder, also where there is none yet. */
function absolute(path: string): string {
  return /[\\/]$/.test(path) ? `${resolve(path)}/` : resolve(path)
}
