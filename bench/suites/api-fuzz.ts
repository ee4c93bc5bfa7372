/**
 * Fuzzes every route that /openapi.json describes with schemathesis, and keeps what it found.
 *
 *   npm run fuzz:api                five minutes
 *   npm run fuzz:api -- 60          seconds
 *
 * The server is the built one, with admin access, over a database of its own that holds a few documents. A run that finds
 * something ends with 1.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fromRepository } from '../../scripts/support/paths.ts'
import { saveRun } from '../support/run.ts'

const BINARY = fromRepository('dist/interfaces/cli/bin.js')
const ENVIRONMENT = fromRepository('test/clients/.environments/schemathesis')
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
]
/** Routes that are left out, each with the reason. */
const LEFT_OUT: Record<string, string> = {
  'index(/plan)?$': 'a random path may be the root of the file system',
  'operations/index': 'a random path may be the root of the file system',
  'jobs$|jobs\\.start': 'it could start an index job of a random path',
  '^/api/export$|operations/export$': 'it writes a file at a random path; the export of a collection is asked for',
  bench: 'it measures for minutes',
  mcp$: 'its bodies are those of another protocol, which has its own tests',
}

const seconds = Number(process.argv[2] ?? 300)
if (!existsSync(join(ENVIRONMENT, 'installed'))) install()
const folder = mkdtempSync(join(tmpdir(), 'semdex-fuzz-'))
const env = environment(folder)
const key = makeKey()
const server = await start()
try {
  await fill(server.url)
  const { failed, summary } = await fuzz(server.url, seconds)
  saveRun('api-fuzz', { seconds, checks: CHECKS, leftOut: LEFT_OUT, ...summary })
  process.exitCode = failed ? 1 : 0
} finally {
  server.process.kill('SIGTERM')
  await server.ended
  rmSync(folder, { recursive: true, force: true })
}

function install(): void {
  const { status } = spawnSync('npm', ['run', 'clients:schemathesis'], { cwd: fromRepository(), stdio: 'inherit' })
  if (status !== 0) throw new Error('schemathesis could not be installed')
}

/** No limits of rates: what is tried is whether each request is answered well, not how many are. Nothing is downloaded. */
function environment(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    SEMDEX_DB: join(home, 'semdex.db'),
    SEMDEX_CACHE: join(home, 'cache'),
    SEMDEX_RATE_LIMIT: '0',
    SEMDEX_EMBEDDING_RATE_LIMIT: '0',
    SEMDEX_OFFLINE: 'on',
  }
}

/** Random requests may make keys, and a server with keys needs one. */
function makeKey(): string {
  const args = [BINARY, 'keys', 'create', 'fuzz', '--scope', 'admin', '--json']
  const { stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  if (!stdout) throw new Error(`no key was made: ${stderr}`)
  return (JSON.parse(stdout) as { key: string }).key
}

async function start() {
  const args = [BINARY, 'serve', '--port', '0', '--json']
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  for await (const line of createInterface({ input: child.stdout })) {
    return { url: (JSON.parse(line) as { url: string }).url, process: child, ended }
  }
  throw new Error('the server ended before it listened')
}

async function fill(url: string): Promise<void> {
  const documents = [
    { id: 'bread', text: 'Knead the dough, let it rise, and bake the bread.', metadata: { year: 2020, lang: 'en' } },
    { id: 'orbit', text: 'The satellite circles the planet.', metadata: { year: 1957, lang: 'en' } },
  ]
  const response = await fetch(`${url}/api/collections/default/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ documents }),
  })
  if (!response.ok) throw new Error(`the documents were not stored: ${await response.text()}`)
}

async function fuzz(url: string, limit: number) {
  const report = join(folder, 'report.json')
  const args = [
    ...['run', `${url}/openapi.json`, '--header', `authorization: Bearer ${key}`, '--no-color'],
    ...['--checks', CHECKS.join(','), '--max-time', String(limit), '--continue-on-failure', '--workers', '1'],
    ...['--report', 'json', '--report-json-path', report, '--request-timeout', '60'],
    // Only the last of several counts.
    ...['--exclude-path-regex', Object.keys(LEFT_OUT).join('|')],
  ]
  const own = { ...process.env, SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: fromRepository('test/clients/schemathesis') }
  const child = spawn(join(ENVIRONMENT, 'bin/st'), args, { cwd: folder, env: own, stdio: 'inherit' })
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (!existsSync(report)) throw new Error(`schemathesis ended with ${status} and made no report`)
  // The seed has more digits than a number holds.
  const text = readFileSync(report, 'utf8').replace(/("seed": *)(\d+)/, '$1"$2"')
  return { failed: status !== 0, summary: summarise(JSON.parse(text)) }
}

/** What of the report says how far it went and what it found. */
function summarise(report: Record<string, unknown>) {
  const { schemathesis_version, seed, running_time, stop_reason, operations, phases, test_cases } = report
  const { failures, errors } = report
  return { schemathesis_version, seed, running_time, stop_reason, operations, phases, test_cases, failures, errors }
}
