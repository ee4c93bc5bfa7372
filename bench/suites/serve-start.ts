import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'
import type { SearchAnswer } from '../../src/core/search.ts'
import { EMPTY_NODE } from '../support/ratio.ts'
import { saveRun } from '../support/run.ts'
import { cliEnvironment, runOnce } from '../support/semdex.ts'
import { BINARY, post, startServer } from '../support/server.ts'
import { spreadOf } from '../support/spread.ts'

// How long a server takes until it listens, beside an empty Node; and from then until it has answered a search by meaning,
// beside ONNX Runtime alone that loads the same model and runs it once. All take turns.
//   npm run bench:serve-start -- [runs]

const AIMS = { listening: 8, answer: 2 }
const QUERY = 'how do I return early from a loop'

const BARE = `
import { InferenceSession, Tensor } from 'onnxruntime-node'
const began = performance.now()
const session = await InferenceSession.create(process.argv[1], { intraOpNumThreads: 1 })
const row = (value) => new Tensor('int64', BigInt64Array.from({ length: 10 }, () => value), [1, 10])
await session.run({ input_ids: row(1000n), attention_mask: row(1n), token_type_ids: row(0n) })
process.stdout.write(String(performance.now() - began), () => process.exit(0))
`

const runs = Number(process.argv[2] ?? 15)
const book = resolve(process.env.SEMDEX_TEST_ASSETS ?? fromRepository('../shared'), 'data/corpora/rust-book')
const home = mkdtempSync(join(tmpdir(), 'semdex-bench-'))
const env = cliEnvironment(home)
runOnce({ command: process.execPath, args: [BINARY, 'index', book], cwd: home, env })

const measured: Awaited<ReturnType<typeof measureOnce>>[] = []
await measureOnce()
for (let run = 0; run < runs; run++) measured.push(await measureOnce())
rmSync(home, { recursive: true, force: true })

const medians = {
  'node -e 0': spreadOf(measured.map(({ empty }) => empty)),
  'start to listening, no model loaded': spreadOf(measured.map(({ listening }) => listening)),
  'start to listening, as by default': spreadOf(measured.map(({ listeningWarm }) => listeningWarm)),
  'bare load and first inference': spreadOf(measured.map(({ bare }) => bare)),
  'listening to first semantic answer, model loaded for it': spreadOf(measured.map(({ answer }) => answer)),
  'listening to first semantic answer, as by default': spreadOf(measured.map(({ answerWarm }) => answerWarm)),
}
const ratios = {
  [`listening ÷ node -e 0 (below ${AIMS.listening})`]: ratio('start to listening, no model loaded', 'node -e 0'),
  [`first answer ÷ bare (below ${AIMS.answer})`]: ratio(
    'listening to first semantic answer, as by default',
    'bare load and first inference',
  ),
  [`first answer without warming up ÷ bare (below ${AIMS.answer})`]: ratio(
    'listening to first semantic answer, model loaded for it',
    'bare load and first inference',
  ),
}
for (const [name, { median, low, high }] of Object.entries(medians)) {
  process.stdout.write(`${name}: ${median} ms (${low} to ${high})\n`)
}
for (const [name, value] of Object.entries(ratios)) process.stdout.write(`${name}: ${value}\n`)
saveRun('serve-start', { data: 'corpora/rust-book', runs, aims: AIMS, medians, ratios, measured })

async function measureOnce() {
  const empty = timed(() => spawnSync(EMPTY_NODE.command, EMPTY_NODE.args))
  const cold = await measureServer(['--no-warm-up'])
  const bare = loadBare()
  const warm = await measureServer([])
  return { empty, bare, ...cold, listeningWarm: warm.listening, answerWarm: warm.answer }
}

async function measureServer(flags: readonly string[]) {
  const server = await startServer({ env, flags })
  const began = performance.now()
  const answer = await post<SearchAnswer>(`${server.url}/api/search`, { query: QUERY, mode: 'vector', limit: 1 })
  const milliseconds = performance.now() - began
  await server.stop()
  if (answer.degraded !== null || !answer.hits[0]?.similarity) throw new Error('The answer was not by meaning.')
  return { listening: server.listening, answer: milliseconds }
}

/** In a process of its own, without the time of the process and of loading ONNX Runtime itself. */
function loadBare(): number {
  const file = fromRepository('models/all-MiniLM-L6-v2/onnx/model_quantized.onnx')
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', BARE, file], {
    cwd: fromRepository(),
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return Number(stdout)
}

function timed(work: () => void): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

function ratio(measured: keyof typeof medians, baseline: keyof typeof medians): number {
  return Math.round((medians[measured].median / medians[baseline].median) * 100) / 100
}
