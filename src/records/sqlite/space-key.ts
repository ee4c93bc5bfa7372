import type { SideModel } from '../../core/sides.ts'
import type { Connection } from '../../sqlite/connection.ts'

/** The space of a model's vectors, made where there is none. */
export function spaceKey(
  connection: Connection,
  { fingerprint, dimensions }: Pick<SideModel, 'fingerprint' | 'dimensions'>,
): number {
  connection
    .sql('insert into spaces (fingerprint, dimensions) values (?, ?) on conflict do nothing')
    .run(fingerprint, dimensions)
  const sql = 'select key from spaces where fingerprint = ? and dimensions = ?'
  return connection.sql<number>(sql).pluck().get(fingerprint, dimensions) as number
}
