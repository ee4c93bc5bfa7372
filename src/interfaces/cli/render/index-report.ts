import type { IndexEstimate } from '../../../ingestion/dry-run.ts'
import type { IndexReport } from '../../../ingestion/report.ts'
import type { Output, Styles } from '../output.ts'
import { displayPath } from './search.ts'

/** A line for each root: what was done, and what was left out and why. */
export function renderReports(reports: readonly IndexReport[], { styles }: Output): string {
  return reports.map((report) => line(report, describeReport(report), styles)).join('')
}

/** A line for each root: what there is to do, and how long it would take. */
export function renderPlans(plans: readonly IndexEstimate[], { styles }: Output): string {
  return plans.map((plan) => line(plan, describePlan(plan), styles)).join('')
}

function line({ root, collection }: { root: string; collection: string }, parts: readonly string[], styles: Styles) {
  return `${styles.bold(displayPath(root) ?? root)} ${styles.dim(`→ ${collection}:`)} ${parts.join('; ')}\n`
}

function describeReport(report: IndexReport): string[] {
  const done = (['added', 'changed', 'refreshed', 'moved', 'deleted', 'failed', 'unchanged'] as const)
    .filter((kind) => report[kind] > 0)
    .map((kind) => `${report[kind]} ${kind}`)
  return [
    done.length > 0 ? done.join(', ') : 'no files to index',
    ...(report.chunks > 0 ? [`${report.chunks} chunks`] : []),
    ...describeSkipped(report.skipped),
    `${(report.elapsed / 1000).toFixed(1)} s`,
  ]
}

function describePlan({ files, deleted, unchanged, chunks, toEmbed, bytes, seconds, skipped }: IndexEstimate) {
  return [
    `${files} files to index (${(bytes / 1e6).toFixed(1)} MB)`,
    ...(deleted > 0 ? [`${deleted} deleted`] : []),
    `${unchanged} unchanged`,
    `${chunks} chunks, ${toEmbed} of them to embed`,
    ...describeSkipped(skipped),
    seconds === null ? 'no model to measure the time with' : `about ${duration(seconds)}`,
  ]
}

function describeSkipped(skipped: Partial<Record<string, number>>): string[] {
  const left = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`)
  return left.length > 0 ? [`skipped ${left.join(', ')}`] : []
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3_600).toFixed(1)} h`
}
