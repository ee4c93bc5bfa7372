import Driver from 'better-sqlite3'

/** The first column of the first row, read from the database file as it is on the disk; null where there is no row. */
export function query<T>(file: string, sql: string): T | null {
  const database = new Driver(file, { readonly: true })
  try {
    return (database.prepare(sql).pluck().get() as T | undefined) ?? null
  } finally {
    database.close()
  }
}
