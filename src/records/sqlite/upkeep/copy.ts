import type { Contents } from '../../../core/ports/upkeep.ts'
import { type Connection, openConnection } from '../../../sqlite/connection.ts'
import type { Procedures } from '../../../sqlite/procedures.ts'

/** What reads or writes the file as a whole; run outside of transactions. */
export const upkeepProcedures = {
  'upkeep.copy': (connection: Connection, { file }: { file: string }): Promise<Contents> => copy(connection, file),

  'upkeep.check': (connection: Connection, _: null): string[] => [
    ...damages(connection),
    ...connection.db
      .prepare<[], { table: string; parent: string; count: number }>(DANGLING)
      .all()
      .map(({ table, parent, count }) => `${count} rows of ${table} belong to no row of ${parent}`),
  ],

  'upkeep.shrink': (connection: Connection, _: null): void => {
    // In memory, where all else that is temporary is, it would need as much of it as the file is long.
    connection.db.pragma('temp_store = file')
    try {
      connection.db.exec('vacuum')
      connection.db.pragma('wal_checkpoint(truncate)')
    } finally {
      connection.db.pragma('temp_store = memory')
    }
  },
} satisfies Procedures

export type UpkeepProcedures = typeof upkeepProcedures

/**
 * The transaction that counts is held while the pages are copied: the copy is of that snapshot, and SQLite does not begin
 * anew when others write.
 */
async function copy(connection: Connection, file: string): Promise<Contents> {
  connection.db.exec('begin')
  try {
    const contents = readContents(connection)
    await connection.db.backup(file, { progress: () => PAGES_PER_STEP })
    makeAlone(file)
    return contents
  } finally {
    if (connection.db.inTransaction) connection.db.exec('rollback')
  }
}

/** 4 MB: between two steps the thread can be stopped. */
const PAGES_PER_STEP = 512

/** A file in WAL mode has companions whenever it is open, and cannot be read from a disk that is read-only. */
function makeAlone(file: string): void {
  const { db, close } = openConnection({ file, sqliteVec: false })
  try {
    db.pragma('journal_mode = delete')
  } finally {
    close()
  }
}

export function readContents(connection: Connection): Contents {
  return connection.sql<Contents>(CONTENTS).get() as Contents
}

function damages({ db }: Connection): string[] {
  const found = db.prepare<[], string>(`pragma quick_check(${MOST_PROBLEMS})`).pluck().all()
  return found.length === 1 && found[0] === 'ok' ? [] : found
}

const MOST_PROBLEMS = 20

const CONTENTS = `
  select (select coalesce(max(sequence), 0) from changes) sequence,
    (select count(*) from collections) collections,
    (select count(*) from documents) documents,
    (select count(*) from chunks) chunks,
    (select count(*) from vectors) vectors,
    (select count(*) from revisions) revisions`

const DANGLING = `
  select "table", parent, count(*) count from pragma_foreign_key_check group by "table", parent`
