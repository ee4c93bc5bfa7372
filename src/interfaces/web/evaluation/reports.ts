import type { Answer, JobSummary } from '../answers.ts'
import { api } from '../api.ts'
import type { Mode } from '../state/place.ts'

export type Report = Answer<'eval'>

/** What one run came to. */
export interface Run {
  id: string
  folder: string
  model: string | null
  mode: Mode
  at: number
  report: Report | null
  /** Why there is none. */
  failure: string | null
}

/** The newest run of each mode over one data set with one model. */
export interface Comparison {
  folder: string
  model: string | null
  runs: Run[]
}

export const METRICS: [key: 'ndcg@10' | 'recall@10' | 'recall@100' | 'mrr@10', label: string, what: string][] = [
  ['ndcg@10', 'nDCG@10', 'How well the first ten are ordered: 1 is the best order that there is'],
  ['recall@10', 'Recall@10', 'Share of the relevant documents among the first ten'],
  ['recall@100', 'Recall@100', 'Share of the relevant documents among the first hundred'],
  ['mrr@10', 'MRR@10', 'One by the rank of the first relevant document, 0 below the tenth'],
]

const ORDER: readonly Mode[] = ['hybrid', 'vector', 'lexical']

/** Jobs that ended never change, so that each is asked for once. */
const known = new Map<string, Run>()
const MOST = 60

/** What the evaluations among the jobs came to, the data set of the newest first. */
export async function loadRuns(jobs: readonly JobSummary[], signal: AbortSignal): Promise<Run[]> {
  const ended = jobs.filter(
    ({ operation, state }) => operation === 'eval' && (state === 'succeeded' || state === 'failed'),
  )
  const runs: Run[] = []
  for (const { id } of ended.slice(0, MOST)) {
    const run = known.get(id) ?? toRun(await api.job(id, signal))
    known.set(id, run)
    runs.push(run)
  }
  return runs
}

/** Runs side by side that can be compared, newest first; of each mode the newest. */
export function compare(runs: readonly Run[]): Comparison[] {
  const found = new Map<string, Comparison>()
  for (const run of [...runs].sort((a, b) => b.at - a.at)) {
    const name = JSON.stringify([run.folder, run.model])
    const comparison = found.get(name) ?? { folder: run.folder, model: run.model, runs: [] }
    found.set(name, comparison)
    if (!comparison.runs.some(({ mode }) => mode === run.mode)) comparison.runs.push(run)
  }
  const inOrder = (comparison: Comparison) => ({
    ...comparison,
    runs: comparison.runs.sort((a, b) => ORDER.indexOf(a.mode) - ORDER.indexOf(b.mode)),
  })
  return [...found.values()].map(inOrder)
}

/** The best value of a metric among runs that can be compared; null where there are none to compare. */
export function bestOf(runs: readonly Run[], metric: (report: Report) => number): number | null {
  const values = runs.flatMap(({ report }) => (report ? [metric(report)] : []))
  return values.length > 1 ? Math.max(...values) : null
}

function toRun({ id, input, result, error, createdAt, finishedAt }: Answer<'jobs.get'>): Run {
  const { folder = '', mode = 'hybrid', model = null } = input as { folder?: string; mode?: Mode; model?: string }
  const failure = result === null ? (error?.message ?? 'It left no report.') : null
  return { id, folder, model, mode, at: finishedAt ?? createdAt, report: result as Report | null, failure }
}
