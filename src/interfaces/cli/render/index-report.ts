import type { IndexReport } from '../../../ingestion/report.ts'
import type { Output } from '../output.ts'
import { displayPath } from './search.ts'

/** A line for each root: what was done, and what was left out and why. */
export function renderReports(reports: readonly IndexReport[], output: Output): string {
  return reports.map((report) => `${renderReport(report, output)}\n`).join('')
}

function renderReport(report: IndexReport, { styles }: Output): string {
  const { root, collection, chunks, elapsed, skipped } = report
  const done = (['added', 'changed', 'refreshed', 'moved', 'deleted', 'failed', 'unchanged'] as const)
    .filter((kind) => report[kind] > 0)
    .map((kind) => `${report[kind]} ${kind}`)
  const left = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`)
  const parts = [
    done.length > 0 ? done.join(', ') : 'no files to index',
    ...(chunks > 0 ? [`${chunks} chunks`] : []),
    ...(left.length > 0 ? [`skipped ${left.join(', ')}`] : []),
    `${(elapsed / 1000).toFixed(1)} s`,
  ]
  const name = displayPath(root) ?? root
  return `${styles.bold(name)} ${styles.dim(`→ ${collection}:`)} ${parts.join('; ')}`
}
