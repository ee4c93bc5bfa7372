import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'
import { open } from '../../src/index.ts'
import { saveRun } from '../support/run.ts'

// How much memory this process takes while it indexes a folder, with the default model in two workers. Linux alone tells.
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
if (process.argv.includes('--write')) {
  writeFiles('files')
  process.exit()
}

const home = mkdtempSync(join(tmpdir(), 'semdex-bench-'))
// In a process of its own: the texts are not to be counted.
spawnSync(process.execPath, [...process.argv.slice(1), '--write'], { cwd: home, stdio: 'inherit' })
const atStart = memory(0)
const samples: Sample[] = []
let written = 0
const timer = setInterval(() => samples.push(memory(written)), 1_000)
const db = await open({ database: join(home, 'semdex.db'), workers: 2 })
const { reports } = await db.index(join(home, 'files'), { onProgress: (progress) => (written = progress.chunks ?? 0) })
clearInterval(timer)
samples.push(memory(reports[0]?.chunks ?? 0))
await db.close()
const closed = memory(written)
rmSync(home, { recursive: true, force: true })

const indexed = samples.at(-1)?.chunks ?? 0
const marks = [0.25, 0.5, 0.75, 1].map((share) => ({ share, ...sampleAt(share * indexed) }))
for (const row of marks) process.stdout.write(`${JSON.stringify(row)}\n`)
const result = { model: 'default', workers: 2, chunks: indexed, embedded: reports[0]?.embedded, words, aim: AIM_MB }
saveRun('embed-memory', { ...result, atStart, marks, closed, samples: thinned(samples) })

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

function memory(done: number): Sample {
  const status = readFileSync('/proc/self/status', 'utf8')
  const megabytes = (name: string) =>
    Math.round((Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024) / 1e6)
  return { chunks: done, rss: megabytes('VmRSS'), peak: megabytes('VmHWM'), anonymous: megabytes('RssAnon') }
}

function sampleAt(count: number): Sample {
  return samples.find((sample) => sample.chunks >= count) ?? (samples.at(-1) as Sample)
}

function thinned(all: readonly Sample[]): Sample[] {
  const step = Math.max(1, Math.ceil(all.length / 40))
  return all.filter((_, at) => at % step === 0)
}
