import * as v from 'valibot'
import { createBackup } from '../../maintenance/backup/create.ts'
import { backupFolder, listBackups } from '../../maintenance/backup/folder.ts'
import { restoreBackup } from '../../maintenance/backup/restore.ts'
import { verifyBackup } from '../../maintenance/backup/verify.ts'
import { operation } from '../operation.ts'
import { ABSOLUTE, Count } from '../schemas.ts'

const BackupPath = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(4_096),
  v.regex(ABSOLUTE, 'It is an absolute path'),
  v.description('On the machine of the database'),
)

const Kind = v.picklist(['automatic', 'manual', 'migration', 'replaced'])

const File = { path: v.string(), kind: Kind, bytes: Count, createdAt: v.number() }

const Verified = {
  contents: v.object({
    sequence: Count,
    collections: Count,
    documents: Count,
    chunks: Count,
    vectors: Count,
    revisions: Count,
  }),
  searches: Count,
}

export const backup = operation({
  name: 'backup',
  summary: 'Copy the database to a file while it is in use, and check and search the copy.',
  access: 'admin',
  agents: false,
  job: 'once',
  input: v.strictObject({
    path: v.optional(
      v.pipe(BackupPath, v.description('The file, or a folder; by default a name of its own in backup.folder')),
    ),
  }),
  output: v.object({ ...File, ...Verified }),
  run: (parts, { path }, { signal, onProgress }) =>
    createBackup(parts, {
      path,
      signal,
      onProgress: (done, total) => onProgress?.({ stage: 'backup', done, total, unit: 'bytes' }),
    }),
})

export const backupList = operation({
  name: 'backup.list',
  summary: 'List the backups of the database, the newest first.',
  access: 'admin',
  agents: false,
  input: v.strictObject({}),
  output: v.object({ folder: v.string(), backups: v.array(v.object(File)) }),
  async run({ configuration }) {
    return { folder: backupFolder(configuration), backups: await listBackups(configuration) }
  },
})

export const backupVerify = operation({
  name: 'backup.verify',
  summary: 'Check a backup: open it, have SQLite check it, and search it.',
  access: 'admin',
  agents: false,
  job: 'once',
  input: v.strictObject({ path: BackupPath }),
  output: v.object({ path: v.string(), ...Verified }),
  async run(parts, { path }, { signal }) {
    return { path, ...(await verifyBackup(parts, path, signal && { signal })) }
  },
})

/** Not in the table: whoever serves a database has it open. */
export const backupRestore = operation({
  name: 'backup.restore',
  summary: 'Put a backup in the place of the database, which nobody may have open.',
  access: 'admin',
  agents: false,
  input: v.strictObject({
    path: BackupPath,
    force: v.optional(
      v.pipe(v.boolean(), v.description('Also where there is a database: it is kept under another name')),
      false,
    ),
  }),
  output: v.object({ database: v.string(), keptAs: v.nullable(v.string()), ...Verified }),
  run: (parts, { path, force }, { signal }) => restoreBackup(parts, path, { force, signal }),
})
