import type { Output, Styles } from '../output.ts'
import type { AnswerOf } from '../verb.ts'
import { count } from './count.ts'
import { duration } from './index-report.ts'

export type Plans = AnswerOf<'migrate.plan'>
export type Migrated = AnswerOf<'migrate'>
export type Migrations = AnswerOf<'migrate.status'>
export type RolledBack = AnswerOf<'migrate.rollback'>
export type RemovedIndex = AnswerOf<'migrate.remove'>

/** A line for each collection: what there is to do, how long it takes and how much space. */
export function renderMigrationPlans({ plans }: Plans, { styles }: Output): string {
  if (plans.length === 0) return 'Nothing to move: no collection has another model.\n'
  return plans
    .map((plan) => {
      const parts = [
        `${chunks(plan.chunks)} of ${count(plan.documents, 'document', 'documents')}, ${count(plan.toEmbed, 'text', 'texts')} to embed`,
        ...(plan.longer && plan.longer.chunks > 0 ? [`about ${plan.longer.chunks} longer than the model reads`] : []),
        plan.seconds === null ? 'no model to measure the time with' : `about ${duration(plan.seconds)}`,
        `${size(plan.bytes)} (${size(plan.freeBytes)} free)`,
      ]
      return line(styles, { ...plan, from: plan.from.model, to: plan.to.model }, parts)
    })
    .join('')
}

export function renderMigrated({ migrations }: Migrated, { styles }: Output): string {
  if (migrations.length === 0) return 'Nothing to move: no collection has another model.\n'
  return migrations
    .map((each) => {
      if (!each.ok) return `${styles.bold(each.collection)}: ${styles.red('failed:')} ${each.error.message}\n`
      const parts = [
        `${chunks(each.filled)} embedded`,
        ...(each.failed.new > 0 ? [styles.yellow(`${each.failed.new} cannot be embedded`)] : []),
        ...compared(each.comparison),
        `${each.to.model} answers now`,
      ]
      return line(styles, named(each), parts)
    })
    .join('')
}

export function renderMigrations({ migrations, running }: Migrations, { styles }: Output): string {
  if (migrations.length === 0) return 'No migration is under way or can be taken back.\n'
  const lines = migrations.map((each) => {
    const { model } = each.serving === 'new' ? each.to : each.from
    const other = each.serving === 'new' ? each.waiting.old : each.waiting.new
    return line(styles, named(each), [
      each.state,
      `${model} answers`,
      ...(other > 0
        ? [
            `${chunks(other)} ${other === 1 ? 'waits' : 'wait'} for ${each.serving === 'new' ? each.from.model : each.to.model}`,
          ]
        : []),
      ...compared(each.comparison),
    ])
  })
  return `${lines.join('')}${running ? 'A process is at it now.\n' : ''}`
}

export function renderRolledBack(answer: RolledBack, { styles }: Output): string {
  return line(styles, named(answer), [`${chunks(answer.filled)} embedded`, `${answer.from.model} answers again`])
}

export function renderRemovedIndex({ collection, removed, serving }: RemovedIndex, { styles }: Output): string {
  return `${styles.bold(collection)}: the index of ${removed} is removed; ${serving} answers\n`
}

function named<T extends { from: { model: string | null }; to: { model: string | null } }>(each: T) {
  return { ...each, from: each.from.model, to: each.to.model }
}

interface Named {
  collection: string
  side: string
  from: string | null
  to: string | null
}

function line(styles: Styles, { collection, side, from, to }: Named, parts: readonly string[]): string {
  const name = side === 'code' ? `${collection} (code)` : collection
  return `${styles.bold(name)} ${styles.dim(`${from} → ${to}:`)} ${parts.join('; ')}\n`
}

function compared(comparison: Migrations['migrations'][number]['comparison']): string[] {
  if (comparison === null || comparison.queries === 0) return []
  const { 'ndcg@10': ndcg, 'overlap@10': overlap, 'found@10': found, queries } = comparison
  const both = ({ old, new: next }: { old: number; new: number }) => `${old.toFixed(3)} → ${next.toFixed(3)}`
  return [
    `${count(queries, 'query', 'queries')}: ${[
      ...(overlap === null ? [] : [`overlap@10 ${overlap.toFixed(2)}`]),
      ...(ndcg === null ? [] : [`nDCG@10 ${both(ndcg)}`]),
      ...(found === null ? [] : [`own document found ${both(found)}`]),
    ].join(', ')}`,
  ]
}

function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function chunks(n: number): string {
  return count(n, 'chunk', 'chunks')
}
