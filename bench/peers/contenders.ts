import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'
import { cliEnvironment } from '../support/semdex.ts'
import { environmentOf, type Peer } from './environments.ts'

export interface Program {
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
}

/** What a run is asked to do its work with; null is the library's own choice. */
export interface Options {
  threads: number | null
  /** Texts in one run of the model. */
  batch: number | null
  /** fastembed: processes, started by each call. 0: one for each core. */
  parallel?: number
  /** sentence-transformers: processes, started before the first call. */
  pool?: number
  kind?: 'query' | 'passage'
}

export interface Contender {
  name: string
  peer: Peer | 'semdex'
  runtime: string
  precision: 'int8' | 'fp32'
  /** What its documentation says, or what anybody would write. */
  options: Options
  /** True where the fastest options of the saved sweep are taken. */
  best: boolean
}

const TRANSFORMERS_JS = { peer: 'transformers-js', runtime: 'ONNX Runtime (Node)', precision: 'int8' } as const
const FASTEMBED = { peer: 'fastembed', runtime: 'ONNX Runtime (Python)', precision: 'int8' } as const
const ST_ONNX = { peer: 'sentence-transformers-onnx', runtime: 'ONNX Runtime (Python)', precision: 'int8' } as const
const ST_TORCH = { peer: 'sentence-transformers-torch', runtime: 'PyTorch', precision: 'fp32' } as const

/** The one that a second row of ratios is for. */
export const BASELINE = 'transformers.js (32)'

export const CONTENDERS: readonly Contender[] = [
  {
    name: 'semdex',
    peer: 'semdex',
    runtime: 'ONNX Runtime (Node)',
    precision: 'int8',
    options: { threads: null, batch: null },
    best: false,
  },
  { name: BASELINE, ...TRANSFORMERS_JS, options: { threads: null, batch: 32 }, best: false },
  { name: 'transformers.js', ...TRANSFORMERS_JS, options: { threads: null, batch: 8 }, best: true },
  { name: 'fastembed', ...FASTEMBED, options: { threads: null, batch: 16 }, best: true },
  { name: 'sentence-transformers onnx', ...ST_ONNX, options: { threads: null, batch: 32 }, best: true },
  { name: 'sentence-transformers torch', ...ST_TORCH, options: { threads: null, batch: 32 }, best: true },
]

const BATCHES = [8, 32, 128]

/** What a sweep tries for a peer. Batches play no part where each call has one text. */
export function optionsToTry(peer: Peer, oneText: boolean): Options[] {
  const cores = availableParallelism()
  if (oneText) return [null, 1, cores].map((threads) => ({ threads, batch: 1 }))
  const grid = [null, cores].flatMap((threads) => BATCHES.map((batch): Options => ({ threads, batch })))
  if (peer === 'fastembed') grid.push(...BATCHES.map((batch) => ({ threads: null, batch, parallel: 0 })))
  if (peer === 'sentence-transformers-torch') grid.push(...BATCHES.map((batch) => ({ threads: 1, batch, pool: cores })))
  return grid
}

/** How a contender's process is started, in the environment of somebody with nothing but a home folder. */
export function programOf(peer: Peer | 'semdex', home: string, { pool }: Options): Program {
  const file = (name: string) => fromRepository('bench/peers', peer, name)
  const env = {
    ...cliEnvironment(home),
    // Nothing is asked of a hub. Each process of a pool would start a thread for every core.
    HF_HUB_OFFLINE: '1',
    ...(pool && { OMP_NUM_THREADS: '1' }),
  }
  if (peer === 'semdex' || peer === 'transformers-js')
    return { command: process.execPath, args: [file('run.mjs')], env }
  return { command: join(environmentOf(peer), 'bin/python'), args: [file('run.py')], env }
}

/** Of options, in few words. */
export function describeOptions({ threads, batch, parallel, pool }: Options): string {
  const parts = [`threads ${threads ?? 'default'}`, `batch ${batch ?? 'default'}`]
  if (parallel !== undefined) parts.push(`parallel ${parallel}`)
  if (pool !== undefined) parts.push(`pool ${pool}`)
  return parts.join(', ')
}
