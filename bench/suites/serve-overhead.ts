import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fromRepository } from '../../scripts/support/paths.ts'
import { open } from '../../src/index.ts'
import { saveRun } from '../support/run.ts'
import { queries, servedDatabase } from '../support/served-data.ts'
import { startServer } from '../support/server.ts'
import { quantile, spreadOf } from '../support/spread.ts'

// What HTTP adds to a call of the library: the same searches, one at a time, by the library in this process, over HTTP to a
// server, and, for the bodies alone, over HTTP to a bare Hono route with the same bodies; beside them to a bare Hono route that
// calls the library, which shows what any HTTP adds to a call that takes as long. The four take turns.
//   npm run bench:serve-overhead -- [rounds] [chunks]

const AIM = 2
/** Searches of one round, by each way. */
const SEARCHES = 100

const rounds = Number(process.argv[2] ?? 15)
const chunks = Number(process.argv[3] ?? 20_000)
const database = await servedDatabase(chunks)
const limits = { SEMDEX_RATE_LIMIT: '0', SEMDEX_EMBEDDING_RATE_LIMIT: '0' }
const env = { ...process.env, SEMDEX_DB: database, SEMDEX_RESULT_CACHE: '0', ...limits }
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const texts = queries()
const db = await open({ database, resultCache: 0 })
const server = await startServer({ env })
const bare = fork(fromRepository('bench/support/bare-route.ts'))
bare.send({ answer: await db.search(texts[0] as string, options()), database })
const [port] = await once(bare, 'message')

await round(0)
const measured: Awaited<ReturnType<typeof round>>[] = []
for (let at = 0; at < rounds; at++) measured.push(await round(at + 1))
agent.destroy()
bare.kill()
await server.stop()
await db.close()

const added = spreadOf(measured.map(({ http, library }) => http - library))
const alone = spreadOf(measured.map(({ route }) => route))
const addedByBare = spreadOf(measured.map(({ around, library }) => around - library))
const ratio = Math.round((added.median / alone.median) * 100) / 100
process.stdout.write(`HTTP adds ${added.median} ms at p50 (${added.low} to ${added.high})\n`)
process.stdout.write(`a bare route takes ${alone.median} ms (${alone.low} to ${alone.high})\n`)
process.stdout.write(
  `a bare route that calls the library adds ${addedByBare.median} ms (${addedByBare.low} to ${addedByBare.high})\n`,
)
process.stdout.write(`${ratio <= AIM ? 'met' : 'UNMET'}: ${ratio} times, at most ${AIM}\n`)
saveRun('serve-overhead', {
  chunks,
  rounds,
  searches: SEARCHES,
  aim: AIM,
  added,
  bareRoute: alone,
  addedByBare,
  ratio,
  measured,
})

/** The three ways search by search, so that what else the machine does falls on all. */
async function round(at: number) {
  const times = { library: [] as number[], http: [] as number[], route: [] as number[], around: [] as number[] }
  for (let search = 0; search < SEARCHES; search++) {
    const query = texts[(at * SEARCHES + search) % texts.length] as string
    const body = JSON.stringify({ query, ...options() })
    times.library.push(await timed(() => db.search(query, options())))
    times.http.push(await timed(() => post(`${server.url}/api/search`, body)))
    times.route.push(await timed(() => post(`http://127.0.0.1:${port}/`, body)))
    times.around.push(await timed(() => post(`http://127.0.0.1:${port}/search`, body)))
  }
  const { library, http, route, around } = times
  const p50 = (of: number[]) => quantile(of, 0.5)
  return { library: p50(library), http: p50(http), route: p50(route), around: p50(around) }
}

function options() {
  return { mode: 'vector' as const, limit: 10 }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** @throws {Error} where it is not answered with 200 */
function post(url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))))
    })
    sent.on('error', reject).end(body)
  })
}
