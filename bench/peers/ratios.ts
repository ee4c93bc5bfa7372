import { type Spread, spreadOf } from '../support/spread.ts'
import { BASELINE } from './contenders.ts'
import type { Row } from './measure.ts'
import type { Workload } from './workloads.ts'

export interface Ratio {
  /** Semdex's figure divided by this contender's, run by run. */
  against: string
  role: 'fastest' | 'baseline'
  ratio: Spread
  aim: string | null
  met: boolean | null
}

/** Semdex beside its fastest peer and beside transformers.js in batches of 32; none where one of the two is left out. */
export function ratiosOf(rows: readonly Row[], workload: Workload): Ratio[] {
  const semdex = rows.find(({ name }) => name === 'semdex')
  const sign = workload.better === 'more' ? -1 : 1
  const medianOf = ({ spread }: Row) => spread[workload.figure]?.median ?? Number.NaN
  const peers = rows.filter((row) => row !== semdex).sort((one, other) => sign * (medianOf(one) - medianOf(other)))
  const [fastest, baseline] = [peers[0], peers.find(({ name }) => name === BASELINE)]
  if (!semdex) return []
  return [
    ...(fastest ? [ratio(semdex, fastest, 'fastest', workload)] : []),
    ...(baseline ? [ratio(semdex, baseline, 'baseline', workload)] : []),
  ]
}

function ratio(semdex: Row, peer: Row, role: Ratio['role'], { figure, aims }: Workload): Ratio {
  const perRun = semdex.runs.map((run, at) => (run[figure] as number) / (peer.runs[at]?.[figure] as number))
  const spread = spreadOf(perRun)
  const aim = aims.find(({ against }) => against === role)
  const { atLeast, atMost } = aim ?? {}
  const met = aim ? spread.median >= (atLeast ?? 0) && spread.median <= (atMost ?? Number.POSITIVE_INFINITY) : null
  const words = atLeast !== undefined ? `at least ${atLeast}` : `at most ${atMost}`
  return { against: peer.name, role, ratio: spread, aim: aim ? words : null, met }
}
