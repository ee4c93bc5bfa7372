import { ago, count, splitPath } from '../parts/format.ts'
import type { Mode } from '../state/place.ts'
import { bestOf, type Comparison, METRICS, type Run } from './reports.ts'

const NAMES: Record<Mode, string> = { hybrid: 'Both', vector: 'Meaning', lexical: 'Words' }

/** The runs over one data set, one mode a row. */
export function ReportTable({ comparison: { folder, model, runs } }: { comparison: Comparison }) {
  const [before, name] = splitPath(folder.replace(/\/+$/, ''))
  const queries = runs.find(({ report }) => report)?.report?.queries
  return (
    <article class="report" aria-label={name}>
      <header>
        <h2>{name}</h2>
        <p class="small">
          <span class="path">{before}</span> {queries !== undefined && count(queries, 'query', 'queries')},{' '}
          {model ?? 'the default model'}, {ago(Math.max(...runs.map(({ at }) => at)))}
        </p>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard. */}
      <section class="scroll" tabIndex={0} aria-label={`Figures of ${name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Search by</th>
              {METRICS.map(([key, label, what]) => (
                <th key={key} scope="col" title={what}>
                  {label}
                </th>
              ))}
              <th scope="col">Median</th>
              <th scope="col">95 %</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <Row key={run.id} run={run} runs={runs} />
            ))}
          </tbody>
        </table>
      </section>
    </article>
  )
}

function Row({ run, runs }: { run: Run; runs: readonly Run[] }) {
  const { mode, report, failure } = run
  return (
    <tr>
      <th scope="row">
        <span class={`ink ${mode}`} aria-hidden="true" /> {NAMES[mode]}
      </th>
      {report ? (
        <>
          {METRICS.map(([key]) => (
            <Metric key={key} value={report[key]} isBest={report[key] === bestOf(runs, (each) => each[key])} />
          ))}
          <td>{milliseconds(report.timings.p50)}</td>
          <td>{milliseconds(report.timings.p95)}</td>
        </>
      ) : (
        <td colSpan={METRICS.length + 2} class="mistake">
          {failure}
        </td>
      )}
    </tr>
  )
}

function Metric({ value, isBest }: { value: number; isBest: boolean }) {
  return (
    <td class={isBest ? 'best' : ''}>
      {value.toFixed(3)}
      {isBest && <span class="hidden"> (best)</span>}
      <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-ground" width="100" height="6" />
        <rect class="bar-value" width={100 * Math.min(1, Math.max(0, value))} height="6" />
      </svg>
    </td>
  )
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}
