import { statSync } from 'node:fs'
import type { Contents, DatabaseSizes, Orphans, Upkeep } from '../../../core/ports/upkeep.ts'
import type { Connection } from '../../../sqlite/connection.ts'
import { catchUp, type Follower } from '../../../sqlite/followers.ts'
import { caller, type Procedures, type SqlitePool, upkeepCaller } from '../../../sqlite/procedures.ts'
import { readContents, type UpkeepProcedures } from './copy.ts'
import { compactIndex, listIndexes } from './indexes.ts'
import { findOrphans, sweepOrphans } from './orphans.ts'

/** The care for the file of a pool whose module has the procedures of this folder. */
export function openSqliteUpkeep(pool: SqlitePool): Upkeep {
  const read = caller<typeof upkeepReads>(pool, 'read')
  const write = caller<ReturnType<typeof upkeepWrites>>(pool, 'write')
  const aside = upkeepCaller<UpkeepProcedures>(pool, 'aside')
  const alone = upkeepCaller<UpkeepProcedures>(pool, 'alone')
  return {
    copyTo: (file, { signal } = {}) => aside('upkeep.copy', { file }, signal),
    contents: () => read('upkeep.contents', null),
    check: ({ signal } = {}) => aside('upkeep.check', null, signal),
    sizes: () => read('upkeep.sizes', null),
    orphans: () => read('upkeep.orphans', null),
    sweep: () => write('upkeep.sweep', null),
    indexes: () => read('upkeep.indexes', null),
    compactIndex: (name) => write('upkeep.compactIndex', { name }),
    shrink: () => alone('upkeep.shrink', null),
  }
}

export const upkeepReads = {
  'upkeep.contents': (connection: Connection, _: null): Contents => readContents(connection),

  'upkeep.orphans': (connection: Connection, _: null): Orphans[] => findOrphans(connection),

  'upkeep.sizes': (connection: Connection, _: null): DatabaseSizes => {
    const pragma = (name: string) => connection.db.pragma(name, { simple: true }) as number
    const page = pragma('page_size')
    return {
      bytes: sizeOf(connection.file) + sizeOf(`${connection.file}-wal`),
      liveBytes: (pragma('page_count') - pragma('freelist_count')) * page,
    }
  },

  'upkeep.indexes': (connection: Connection, _: null): string[] => listIndexes(connection),
} satisfies Procedures

export function upkeepWrites(followers: readonly Follower[]) {
  return {
    'upkeep.sweep': (connection: Connection, _: null): Orphans[] => {
      const orphans = sweepOrphans(connection)
      catchUp(connection, followers)
      return orphans
    },

    'upkeep.compactIndex': (connection: Connection, { name }: { name: string }): boolean =>
      compactIndex(connection, name),
  } satisfies Procedures
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
