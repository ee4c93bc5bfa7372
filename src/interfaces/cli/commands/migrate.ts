import { resolve } from 'node:path'
import { SemdexError } from '../../../core/errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { FlagValues } from '../flags.ts'
import type { Call } from '../verb.ts'

export async function migrateCommand(call: Call): Promise<number> {
  const { flags } = call
  const chosen = { collection: flags.collection, side: flags.side }
  switch (actionOf(flags)) {
    case 'to':
      return flags['dry-run'] ? showPlan(call) : migrate(call)
    case 'status':
      return show(call, 'renderMigrations', await call.run('migrate.status', { collection: flags.collection }))
    case 'rollback':
      return show(call, 'renderRolledBack', await call.run('migrate.rollback', chosen, { threads: true }))
    case 'remove-old':
      return show(call, 'renderRemovedIndex', await call.run('migrate.remove', { ...chosen, index: 'old' }))
    case 'abandon':
      return show(call, 'renderRemovedIndex', await call.run('migrate.remove', { ...chosen, index: 'new' }))
  }
}

const ACTIONS = ['to', 'status', 'rollback', 'remove-old', 'abandon'] as const

/** @throws {SemdexError} `INVALID_INPUT` where none or several are asked for */
function actionOf(flags: FlagValues): (typeof ACTIONS)[number] {
  const asked = ACTIONS.filter((name) => flags[name] !== undefined && flags[name] !== false)
  const [action] = asked
  if (action && asked.length === 1) return action
  throw new SemdexError('INVALID_INPUT', {
    message: action
      ? `--${asked.join(' and --')} exclude each other.`
      : 'Say where to: semdex migrate --to MODEL, or --status, --rollback, --remove-old, --abandon.',
    fix: 'semdex migrate --help',
    details: { field: asked[1] ?? 'to' },
  })
}

function targetOf({ to, collection, side }: FlagValues) {
  return { to, collection, side }
}

async function showPlan(call: Call): Promise<number> {
  const answer = await call.run('migrate.plan', targetOf(call.flags), { threads: true })
  return show(call, 'renderMigrationPlans', answer)
}

async function migrate(call: Call): Promise<number> {
  const { flags, output } = call
  if (!(output.json || output.quiet) && !(await estimateAndAsk(call))) return EXIT.ok
  const answer = await call.run('migrate', inputOf(flags), { threads: true })
  await show(call, 'renderMigrated', answer)
  return answer.migrations.some(({ ok }) => !ok) ? EXIT.partlyFailed : EXIT.ok
}

function inputOf(flags: FlagValues) {
  return {
    ...targetOf(flags),
    eval: flags.eval === undefined ? undefined : resolve(flags.eval as string),
    queries: flags.queries,
    minOverlap: flags['min-overlap'],
    minNdcgRatio: flags['min-ndcg-ratio'],
  }
}

/** What it takes, on stderr. False where the person at the terminal says no. */
async function estimateAndAsk(call: Call): Promise<boolean> {
  const { flags, output } = call
  const { plans } = await call.run('migrate.plan', targetOf(flags), { threads: true })
  const { renderMigrationPlans } = await import('../render/migrations.ts')
  if (plans.length === 0) return true
  output.note(renderMigrationPlans({ plans }, output).trimEnd())
  for (const { collection, bytes, freeBytes } of plans) {
    if (bytes > freeBytes) output.warn(`${collection}: the disk has less space than the new index takes.`)
  }
  if (flags.yes || !process.stdin.isTTY || !process.stderr.isTTY) return true
  const { confirm } = await import('../confirm.ts')
  return confirm('Go on?', { input: process.stdin, output: process.stderr, signal: call.signal })
}

type Renderers = typeof import('../render/migrations.ts')

async function show<Name extends keyof Renderers>(
  call: Call,
  renderer: Name,
  answer: Parameters<Renderers[Name]>[0],
): Promise<number> {
  const { output } = call
  call.endProgress()
  if (output.json) await output.data(`${JSON.stringify(answer)}\n`)
  else {
    const render = (await import('../render/migrations.ts'))[renderer] as (given: never, to: typeof output) => string
    await output.data(render(answer as never, output))
  }
  return EXIT.ok
}
