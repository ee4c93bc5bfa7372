import { join } from 'node:path'
import { openTokenizer } from '../../src/embedding/tokenizing/tokenizer.ts'
import { measureLoad, measureQueries } from '../../src/evaluation/bench-embed-load.ts'
import { createTextMaker } from '../../src/evaluation/bench-embed-texts.ts'
import { openProfiled } from '../support/profiled.ts'
import { saveRun } from '../support/run.ts'
import { quantile, spreadOf } from '../support/spread.ts'

// How free the event loop stays, and how long a query takes, while 1,000 passages are embedded: beside the same timers in
// the same process with nothing in work, run by run.
//   npm run bench:event-loop -- [runs]

const AIMS = { loop: 3, query: 3 }
const WORKERS = 2
const options = { quick: false, signal: undefined }

const runs = Number(process.argv[2] ?? 15)
const semdex = await openProfiled(WORKERS)
const { embedder, spec, folder } = semdex
const tokenizer = await openTokenizer(join(folder, 'tokenizer.json'))
const texts = createTextMaker((text) => tokenizer.count(text))
await embedder.embed(texts.passages(200, 64), { kind: 'passage' })
await measureQueries(embedder, texts, { ...options, quick: true })

const measured: Awaited<ReturnType<typeof measureOnce>>[] = []
for (let run = 0; run < runs; run++) measured.push(await measureOnce())
await embedder.close()

const medians = {
  'event loop p99 ms, idle': spreadOf(measured.map(({ loop }) => loop.idle)),
  'event loop p99 ms, loaded': spreadOf(measured.map(({ loop }) => loop.loaded)),
  'event loop, loaded ÷ idle': spreadOf(measured.map(({ loop }) => loop.loaded / loop.idle)),
  'query p50 ms, idle': spreadOf(measured.map(({ query }) => query.idle.p50)),
  'query p95 ms, idle': spreadOf(measured.map(({ query }) => query.idle.p95)),
  'query p50 ms, loaded': spreadOf(measured.map(({ query }) => query.loaded.p50)),
  'query p95 ms, loaded': spreadOf(measured.map(({ query }) => query.loaded.p95)),
  'one batch ms': spreadOf(measured.map(({ batch }) => batch)),
}
const met = {
  [`event loop p99 below ${AIMS.loop} times idle`]: medians['event loop, loaded ÷ idle'].median < AIMS.loop,
  [`query p50 at most ${AIMS.query} times idle and one batch`]: holds('p50'),
  [`query p95 at most ${AIMS.query} times idle and one batch`]: holds('p95'),
}
for (const [name, { median, low, high }] of Object.entries(medians)) {
  process.stdout.write(`${name}: ${median} (${low} to ${high})\n`)
}
for (const [name, is] of Object.entries(met)) process.stdout.write(`${is ? 'met' : 'UNMET'}: ${name}\n`)
saveRun('embed-loop', { model: spec.name, workers: WORKERS, threads: 1, passages: 1_000, runs, medians, met, measured })

async function measureOnce() {
  const idle = await measureQueries(embedder, texts, options)
  semdex.reset()
  const loaded = await measureLoad(embedder, texts, options)
  return {
    loop: { idle: idle.eventLoop.p99, loaded: loaded.eventLoop.p99 },
    query: { idle: latencies(idle.calls), loaded: latencies(loaded.calls) },
    batch: semdex.sums.inBatches / semdex.batches.length,
  }
}

function latencies(calls: readonly { milliseconds: number }[]) {
  const all = calls.map(({ milliseconds }) => milliseconds)
  return { calls: all.length, p50: quantile(all, 0.5), p95: quantile(all, 0.95), p99: quantile(all, 0.99) }
}

function holds(part: 'p50' | 'p95'): boolean {
  const most = measured.map(({ query, batch }) => AIMS.query * query.idle[part] + batch)
  return spreadOf(measured.map(({ query }, run) => query.loaded[part] / (most[run] as number))).median <= 1
}
