import type { MigrationStore, ModelMigration, SwitchAnswer } from '../../core/ports/migration-store.ts'
import type { Side, SideModel } from '../../core/sides.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { type Follower, updateIndexes } from '../../sqlite/followers.ts'
import { caller, type Procedures, type SqlitePool } from '../../sqlite/procedures.ts'
import { changing } from './changing.ts'
import { beginMigration, endMigration, findMigration, requireMigration, toMigration } from './migration-rows.ts'
import { recordReads, requireCollection } from './reads.ts'
import { switchMigration } from './switch-migration.ts'

/** The migration store over a pool whose module has `migrationReads` and `migrationWrites`. */
export function openSqliteMigrations(pool: SqlitePool): MigrationStore {
  const read = caller<typeof migrationReads>(pool, 'read')
  const write = caller<ReturnType<typeof migrationWrites>>(pool, 'write')
  return {
    beginMigration: (collection, side, to, at) => write('migrations.begin', { collection, side, to, at }),
    migration: (collection, side) => read('migrations.migration', { collection, side }),
    migrations: () => read('migrations.migrations', null),
    switchMigration: (collection, side, serving, at) => write('migrations.switch', { collection, side, serving, at }),
    async putComparison(collection, side, comparison) {
      await write('migrations.putComparison', { collection, side, comparison: JSON.stringify(comparison) })
    },
    endMigration: (collection, side) => write('migrations.end', { collection, side }),
  }
}

export const migrationReads = {
  'migrations.migration': (connection: Connection, { collection: name, side }: SideArgs): ModelMigration | null => {
    const row = findMigration(connection, requireCollection(connection, name).key, side)
    return row && toMigration(row, name)
  },

  'migrations.migrations': (connection: Connection, _: null): ModelMigration[] =>
    recordReads['records.collections'](connection, null).flatMap(({ key, name }) =>
      (['code', 'text'] as const).flatMap((side) => {
        const row = findMigration(connection, key, side)
        return row ? [toMigration(row, name)] : []
      }),
    ),
} satisfies Procedures

export function migrationWrites(followers: readonly Follower[]) {
  return {
    'migrations.begin': (connection: Connection, args: SideArgs & { to: SideModel; at: number }): ModelMigration => {
      const collection = requireCollection(connection, args.collection)
      beginMigration(connection, collection, args)
      updateIndexes(connection, followers, collection.key)
      return toMigration(requireMigration(connection, collection, args.side), args.collection)
    },

    'migrations.switch': (connection: Connection, args: SwitchArgs): SwitchAnswer => {
      const { key } = requireCollection(connection, args.collection)
      const waiting = changing(connection, followers, args.collection, (collection) =>
        switchMigration(connection, collection, requireMigration(connection, collection, args.side), args),
      )
      updateIndexes(connection, followers, key)
      const collection = requireCollection(connection, args.collection)
      return { migration: toMigration(requireMigration(connection, collection, args.side), args.collection), waiting }
    },

    'migrations.putComparison': (connection: Connection, args: SideArgs & { comparison: string }): void => {
      const collection = requireCollection(connection, args.collection)
      requireMigration(connection, collection, args.side)
      connection
        .sql('update migrations set comparison = ? where collection = ? and side = ?')
        .run(args.comparison, collection.key, args.side)
    },

    'migrations.end': (connection: Connection, { collection: name, side }: SideArgs): boolean => {
      const collection = requireCollection(connection, name)
      const row = findMigration(connection, collection.key, side)
      if (!row) return false
      endMigration(connection, collection, row)
      updateIndexes(connection, followers, collection.key)
      return true
    },
  } satisfies Procedures
}

interface SideArgs {
  collection: string
  side: Side
}

interface SwitchArgs extends SideArgs {
  serving: 'old' | 'new'
  at: number
}
