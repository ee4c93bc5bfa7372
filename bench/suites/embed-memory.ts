import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { fromRepository } from '../../scripts/support/paths.ts'
import { saveRun } from '../support/run.ts'

// How much memory `semdex index` takes, with the default model in two workers. Linux alone tells.
//   npm run bench:memory -- [--chunks 50000] [--words 24]

const SETS = ['scifact', 'cranfield', 'med', 'xquad-en']
const SECTIONS_PER_FILE = 25
/** Words of one section in each file: more than the model reads. */
const LONG = 250
const AIM_MB = 700

interface Sample {
  chunks: number
  /** Resident now, and the most until now, in MB of 10⁶ bytes. */
  rss: number
  peak: number
  /** Of `rss`, what is not a file in memory: the database's pages are there while nobody else needs the room. */
  anonymous: number
}

const chunks = numberAfter('--chunks', 50_000)
const words = numberAfter('--words', 24)

const home = mkdtempSync(join(tmpdir(), 'semdex-bench-'))
const database = join(home, 'semdex.db')
writeFiles(join(home, 'files'))
const { samples, embedded } = await sampleIndexing()
rmSync(home, { recursive: true, force: true })

const indexed = samples.at(-1)?.chunks ?? 0
const marks = [0.25, 0.5, 0.75, 1].map((share) => ({ share, ...sampleAt(share * indexed) }))
for (const row of marks) process.stdout.write(`${JSON.stringify(row)}\n`)
const result = { model: 'default', workers: 2, chunks: indexed, embedded, words, aim: AIM_MB }
saveRun('embed-memory', { ...result, marks, samples: thinned(samples) })

/** The command line's own process; how far it is, another connection reads from the database. */
async function sampleIndexing(): Promise<{ samples: Sample[]; embedded: number }> {
  const taken: Sample[] = []
  const flags = ['--json', '--quiet', '--db', database]
  const child = spawn(process.execPath, [fromRepository('src/interfaces/cli/bin.ts'), 'index', 'files', ...flags], {
    cwd: home,
    env: { ...process.env, SEMDEX_WORKERS: '2' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let answer = ''
  child.stdout.on('data', (part: Buffer) => (answer += part))
  const timer = setInterval(() => taken.push(memory(child.pid as number, countChunks())), 1_000)
  await once(child, 'close')
  clearInterval(timer)
  const { reports } = JSON.parse(answer) as { reports: { embedded: number; chunks: number }[] }
  return { samples: taken.filter(({ rss }) => rss > 0), embedded: reports[0]?.embedded ?? 0 }
}

function countChunks(): number {
  if (!existsSync(database)) return 0
  const connection = new Database(database, { readonly: true })
  try {
    return connection.prepare<[], number>('select count(*) from chunks').pluck().get() ?? 0
  } catch {
    return 0
  } finally {
    connection.close()
  }
}

function numberAfter(flag: string, initial: number): number {
  const at = process.argv.indexOf(flag)
  return at < 0 ? initial : Number(process.argv[at + 1])
}

/** Files of sections of real sentences, each section a chunk of its own text: where it begins moves on through the sets. */
function writeFiles(folder: string): void {
  const all = SETS.flatMap(wordsOf)
  mkdirSync(folder)
  let from = 0
  for (let file = 0; file * SECTIONS_PER_FILE < chunks; file++) {
    const sections = Array.from({ length: SECTIONS_PER_FILE }, (_, section) => {
      const length = section === 0 ? LONG : Math.round(words * (0.4 + (1.2 * section) / SECTIONS_PER_FILE))
      const text = all.slice(from, from + length).join(' ')
      from = (from + length + 1) % (all.length - LONG)
      return `# Section ${file}.${section}\n\n${text}\n`
    })
    writeFileSync(join(folder, `${file}.md`), sections.join('\n'))
  }
}

function wordsOf(set: string): string[] {
  const assets = resolve(process.env.SEMDEX_TEST_ASSETS ?? fromRepository('../shared'))
  const lines = readFileSync(join(assets, 'data/retrieval', set, 'corpus.jsonl'), 'utf8')
    .trim()
    .split('\n')
  return lines.flatMap((line) => (JSON.parse(line) as { text: string }).text.split(/\s+/))
}

function memory(pid: number, done: number): Sample {
  const file = `/proc/${pid}/status`
  const status = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const megabytes = (name: string) =>
    Math.round((Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024) / 1e6)
  return { chunks: done, rss: megabytes('VmRSS'), peak: megabytes('VmHWM'), anonymous: megabytes('RssAnon') }
}

function sampleAt(count: number): Sample {
  return samples.find((sample) => sample.chunks >= count) ?? (samples.at(-1) as Sample)
}

function thinned(all: readonly Sample[]): Sample[] {
  const step = Math.max(1, Math.ceil(all.length / 40))
  return all.filter((_, at) => at % step === 0)
}
