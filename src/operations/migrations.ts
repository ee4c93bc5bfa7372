import * as v from 'valibot'
import { isRunning, removeIndex, rollBack } from '../maintenance/migration/migrate.ts'
import { fillOptions } from './migrate.ts'
import { MIGRATION_INPUT, MigrationOutput, requireMigration, showMigration } from './migration-output.ts'
import { migrationParts } from './migration-parts.ts'
import { operation } from './operation.ts'
import { CollectionName, Count } from './schemas.ts'

export const migrationStatus = operation({
  name: 'migrate.status',
  summary: 'List the migrations that are under way or can be taken back.',
  access: 'read',
  agents: false,
  input: v.strictObject({ collection: v.optional(CollectionName) }),
  output: v.object({
    running: v.pipe(v.boolean(), v.description('Whether a process of this machine is at one of them now')),
    migrations: v.array(MigrationOutput),
  }),
  async run(parts, { collection }) {
    const storage = await parts.storage()
    const all = await storage.migrations.migrations()
    const chosen = all.filter((each) => collection === undefined || each.collection === collection)
    const migrations = []
    for (const each of chosen) migrations.push(await showMigration(each, storage))
    return { running: chosen.length > 0 && (await isRunning(storage)), migrations }
  },
})

export const rollBackMigration = operation({
  name: 'migrate.rollback',
  summary: 'Let the old index serve again, after embedding for it what was written since.',
  access: 'admin',
  agents: false,
  job: 'resume',
  input: v.strictObject(MIGRATION_INPUT),
  output: v.object({ ...MigrationOutput.entries, filled: Count, embedded: Count }),
  async run(parts, chosen, context) {
    const given = await migrationParts(parts, { queries: 0 }, context)
    const migration = await requireMigration(given.storage, chosen)
    const { filled, embedded, ...done } = await rollBack(migration, given, fillOptions(context))
    return { ...(await showMigration(done.migration, given.storage)), filled, embedded }
  },
})

export const removeMigration = operation({
  name: 'migrate.remove',
  summary:
    'Remove the index that does not serve: the old one after a switch, or the new one, which gives the migration up.',
  access: 'admin',
  agents: false,
  input: v.strictObject({
    ...MIGRATION_INPUT,
    index: v.optional(
      v.pipe(v.picklist(['old', 'new']), v.description('Which one; refused where it is the one that serves')),
      'old',
    ),
  }),
  output: v.object({
    collection: v.string(),
    side: v.string(),
    removed: v.nullable(v.string()),
    serving: v.nullable(v.string()),
  }),
  async run(parts, { index, ...chosen }) {
    const storage = await parts.storage()
    const migration = await requireMigration(storage, chosen)
    await removeIndex(migration, index, storage)
    const { collection, side } = migration
    const other = index === 'old' ? 'new' : 'old'
    return { collection, side, removed: migration[index].model, serving: migration[other].model }
  },
})
