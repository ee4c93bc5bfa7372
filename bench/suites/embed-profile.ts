import { join } from 'node:path'
import { readTexts } from '../peers/workloads.ts'
import { type JobSums, openProfiled } from '../support/profiled.ts'
import { saveRun } from '../support/run.ts'
import { type Spread, spreadOf } from '../support/spread.ts'
import { openBare } from './bare-onnx.ts'

// Where the time of embedding goes, as shares of the workers' time, and how near it comes to ONNX Runtime called directly
// with the same batches in as many threads. The two take turns, and who is first alternates.
//   npm run bench:embed-profile -- [runs]

const AIM = 0.9
const WORKERS = 2
const NAMES = ['long', 'short'] as const
type Name = (typeof NAMES)[number]

const runs = Number(process.argv[2] ?? 15)
const texts = await readTexts()
const semdex = await openProfiled(WORKERS)
const weights = semdex.spec.files.find(({ role }) => role === 'weights')?.path as string
const bare = await openBare(join(semdex.folder, weights), WORKERS)
const measured = await measureAll()
await Promise.all([semdex.embedder.close(), bare.close()])
const rows = Object.fromEntries(NAMES.map((name) => [name, report(name)]))
for (const [name, { share, ratio }] of Object.entries(rows)) {
  const shares = Object.entries(share).map(([stage, { median }]) => `${stage} ${(100 * median).toFixed(1)} %`)
  process.stdout.write(`${name}: ${ratio.median} of bare ONNX Runtime (aim ${AIM}); ${shares.join(', ')}\n`)
}
saveRun('embed-profile', { model: semdex.spec.name, workers: WORKERS, threads: 1, runs, aim: AIM, rows })

interface Measured {
  /** Milliseconds. */
  semdex: number[]
  bare: number[]
  sums: JobSums[]
  batches: number
  tokens: number
}

async function measureAll(): Promise<Record<Name, Measured>> {
  const all = {} as Record<Name, Measured>
  for (const name of NAMES) all[name] = await warmUp(name)
  for (let run = 0; run < runs; run++) {
    for (const name of NAMES) {
      const into = all[name]
      if (run % 2 === 0) into.bare.push(await bare.run(name))
      into.semdex.push(await timeSemdex(name))
      into.sums.push(semdex.sums)
      if (run % 2 === 1) into.bare.push(await bare.run(name))
    }
  }
  return all
}

/** Both workers are loaded and have seen all texts; the batches that were made of them are given to the bare threads. */
async function warmUp(name: Name): Promise<Measured> {
  await timeSemdex(name)
  const { batches } = semdex
  await bare.load(name, batches)
  await bare.run(name)
  const tokens = batches.flat().reduce((sum, ids) => sum + ids.length, 0)
  return { semdex: [], bare: [], sums: [], batches: batches.length, tokens }
}

async function timeSemdex(name: Name): Promise<number> {
  semdex.reset()
  const began = performance.now()
  const results = await semdex.embedder.embed(texts[name] as string[], { kind: 'passage' })
  const milliseconds = performance.now() - began
  const failed = results.find((result) => !result.ok)
  if (failed && !failed.ok) throw failed.error
  return milliseconds
}

function report(name: Name) {
  const { semdex: own, bare: direct, sums, batches, tokens } = measured[name]
  const count = (texts[name] as string[]).length
  const ratio = spreadOf(own.map((milliseconds, run) => (direct[run] as number) / milliseconds))
  const rate = (milliseconds: number) => count / (milliseconds / 1_000)
  const ofWorkers = (part: (sum: JobSums) => number): Spread =>
    spreadOf(sums.map((sum, run) => part(sum) / (WORKERS * (own[run] as number))))
  return {
    texts: count,
    tokens,
    batches,
    textsPerSecond: spreadOf(own.map(rate)),
    bareTextsPerSecond: spreadOf(direct.map(rate)),
    /** Semdex's texts a second ÷ those of the bare call, run by run. */
    ratio,
    met: ratio.median >= AIM,
    share: {
      tokenize: ofWorkers(({ tokenize }) => tokenize),
      infer: ofWorkers(({ infer }) => infer),
      pool: ofWorkers(({ pool }) => pool),
      messages: ofWorkers(({ messages }) => messages),
      /** No job was there: before the first batch is planned, and when one worker has the last. */
      idle: spreadOf(sums.map((sum, run) => 1 - busy(sum) / (WORKERS * (own[run] as number)))),
    },
    /** Milliseconds that a job waited, on average: no part of the workers' time. */
    queuePerJob: spreadOf(sums.map(({ queue, jobs }) => queue / jobs)),
    jobs: sums[0]?.jobs ?? 0,
  }
}

function busy({ tokenize, infer, pool, messages }: JobSums): number {
  return tokenize + infer + pool + messages
}
