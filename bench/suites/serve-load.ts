import { setTimeout as pause } from 'node:timers/promises'
import { latencyOf, load } from '../support/load.ts'
import { saveRun } from '../support/run.ts'
import { queries, servedDatabase } from '../support/served-data.ts'
import { type BenchServer, type LoopSample, startServer } from '../support/server.ts'
import { quantile } from '../support/spread.ts'

// A server under load: 32 connections that search by meaning and hybrid, the result cache off; then 256 connections, which
// are more than it takes. What its event loop and its memory do meanwhile is sampled each second, and before, idle.
//   npm run bench:serve-load -- [seconds] [chunks]

const AIMS = { p99OverP50: 8, loopOverIdle: 3, memoryGrowth: 1.1, refusal: 1_000 }
const CONNECTIONS = 32
const TOO_MANY = 256
const IDLE_SECONDS = 10

const seconds = Number(process.argv[2] ?? 60)
const chunks = Number(process.argv[3] ?? 20_000)
const database = await servedDatabase(chunks)
const limits = { SEMDEX_RATE_LIMIT: '0', SEMDEX_EMBEDDING_RATE_LIMIT: '0', SEMDEX_RESULT_CACHE: '0' }
const server = await startServer({ env: { ...process.env, SEMDEX_DB: database, ...limits }, sampled: true })
const requests = queries().map((query, at) => ({
  path: '/api/search',
  body: JSON.stringify({ query, mode: at % 2 === 0 ? 'vector' : 'hybrid', limit: 10 }),
}))

await load({ url: server.url, connections: 8, seconds: Math.min(5, seconds), requests })
await pause(1_000)
const idle = await sampled(server, pause(Math.min(IDLE_SECONDS, seconds) * 1_000))
const loaded = await sampled(server, load({ url: server.url, connections: CONNECTIONS, seconds, requests }))
const over = await load({ url: server.url, connections: TOO_MANY, seconds: Math.min(15, seconds), requests })
await pause(500)
const after = await fetch(`${server.url}/readyz`).then(({ status }) => status)
await server.stop()

const good = latencyOf(loaded.value.latencies['200'] ?? [])
const errors = loaded.value.requests - good.requests
const loop = { idle: middle(idle.samples, 'p99'), loaded: middle(loaded.samples, 'p99') }
const busy = loaded.samples.reduce((sum, { cpu }) => sum + cpu, 0)
const memory = growth(loaded.samples)
const refused = ['429', '503'].flatMap((status) => over.latencies[status] ?? [])
const known = ['200', '429', '503'].reduce((sum, status) => sum + (over.statuses[status] ?? 0), 0)
const figures = {
  'requests a second': round(loaded.value.requests / loaded.value.seconds),
  latency: good,
  errors,
  'event loop p99 ms': loop,
  'event loop busy, ms a search': round(busy / good.requests),
  'memory MB': memory,
  overload: {
    statuses: over.statuses,
    answered: latencyOf(over.latencies['200'] ?? []),
    refused: latencyOf(refused),
    after,
  },
}
const met = {
  'no error': errors === 0,
  [`p99 below ${AIMS.p99OverP50} times p50`]: good.p99 < AIMS.p99OverP50 * good.p50,
  [`event loop p99 below ${AIMS.loopOverIdle} times idle`]: loop.loaded < AIMS.loopOverIdle * loop.idle,
  [`memory of the last fifth below ${AIMS.memoryGrowth} times the second`]:
    memory.last < AIMS.memoryGrowth * memory.second,
  'overload: 429 or 503, nothing else': refused.length > 0 && known === over.requests,
  [`overload: refusals within ${AIMS.refusal} ms (p99)`]: quantile(refused, 0.99) < AIMS.refusal,
  'overload: it answers afterwards': after === 200,
}
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
for (const [name, is] of Object.entries(met)) process.stdout.write(`${is ? 'met' : 'UNMET'}: ${name}\n`)
const settings = {
  chunks,
  connections: CONNECTIONS,
  tooMany: TOO_MANY,
  seconds,
  resultCache: 'off',
  synchronous: 'full',
}
saveRun('serve-load', {
  ...settings,
  aims: AIMS,
  figures,
  met,
  samples: { idle: idle.samples, loaded: loaded.samples },
})

/** Samples once a second while something is under way. */
async function sampled<T>({ sample }: BenchServer, work: Promise<T>): Promise<{ value: T; samples: LoopSample[] }> {
  const samples: LoopSample[] = []
  const ended = work.then(
    () => true,
    () => true,
  )
  await sample()
  while (!(await Promise.race([ended, pause(1_000, false)]))) samples.push(await sample())
  return { value: await work, samples }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function middle(samples: readonly LoopSample[], of: 'p50' | 'p99'): number {
  return quantile(
    samples.map((sample) => sample[of]),
    0.5,
  )
}

/** Medians of the second and of the last fifth: the first is still filling caches. */
function growth(samples: readonly LoopSample[]) {
  const fifth = Math.max(1, Math.floor(samples.length / 5))
  const megabytes = samples.map(({ rss }) => rss / 1e6)
  return {
    second: quantile(megabytes.slice(fifth, 2 * fifth), 0.5),
    last: quantile(megabytes.slice(-fifth), 0.5),
    most: Math.max(...megabytes),
  }
}
