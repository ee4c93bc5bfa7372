import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TokenCounter } from '../../src/core/ports/embedder.ts'
import { openTokenCounter } from '../../src/embedding/tokenizing/token-counter.ts'
import { locateModel } from '../../src/models/locate.ts'
import { ASSETS } from './environments.ts'

export interface Workload {
  summary: string
  /** together: all texts in one call. each: one call for each. both: one after the other. start: a process for one text. */
  calls: 'together' | 'each' | 'both' | 'start'
  /** The figure that contenders are compared by. */
  figure: 'textsPerSecond' | 'p50' | 'first'
  better: 'more' | 'less'
  /** The texts that a contender answers before it is timed; of a sweep, all that it answers. */
  few: number
  /** The workload whose sweep says which options are best. */
  sweep: 'long' | 'short' | 'query'
  /** What Semdex's figure divided by a peer's should be. */
  aims: { against: 'fastest' | 'baseline'; atLeast?: number; atMost?: number }[]
}

export const WORKLOADS: Record<string, Workload> = {
  long: {
    summary: '600 abstracts of SciFact in one call',
    calls: 'together',
    figure: 'textsPerSecond',
    better: 'more',
    few: 60,
    sweep: 'long',
    aims: [
      { against: 'fastest', atLeast: 1.2 },
      { against: 'baseline', atLeast: 3 },
    ],
  },
  short: {
    summary: '2,000 lines of tldr in one call',
    calls: 'together',
    figure: 'textsPerSecond',
    better: 'more',
    few: 300,
    sweep: 'short',
    aims: [
      { against: 'fastest', atLeast: 1.8 },
      { against: 'baseline', atLeast: 2.5 },
    ],
  },
  query: {
    summary: '200 questions, one call each, warm',
    calls: 'each',
    figure: 'p50',
    better: 'less',
    few: 50,
    sweep: 'query',
    aims: [{ against: 'fastest', atMost: 1.05 }],
  },
  start: {
    summary: 'a process from its start to its first vector; whole: to its end',
    calls: 'start',
    figure: 'first',
    better: 'less',
    few: 1,
    sweep: 'query',
    aims: [{ against: 'fastest', atMost: 0.8 }],
  },
  'one-by-one': {
    summary: '200 lines of tldr, one call each, then all in one call',
    calls: 'both',
    figure: 'textsPerSecond',
    better: 'more',
    few: 50,
    sweep: 'short',
    aims: [],
  },
  chunks: {
    summary: '300 passages of 200 to 250 tokens in one call',
    calls: 'together',
    figure: 'textsPerSecond',
    better: 'more',
    few: 75,
    sweep: 'long',
    aims: [],
  },
}

/** The texts of every workload, and those of the guard. The same ones in the same order each time. */
export async function readTexts(): Promise<Record<string, string[]>> {
  const abstracts = readRetrieval('scifact', 'corpus')
  const lines = readTldr()
  const questions = [...readRetrieval('scifact', 'queries').slice(0, 100), ...readRetrieval('cosqa', 'queries')]
  const texts = {
    long: abstracts.slice(0, 600),
    short: everyNth(lines, 2_000),
    query: questions.slice(0, 200),
    start: ['how do I return early from a loop'],
    'one-by-one': everyNth(lines.slice(1), 200),
    chunks: cutPassages(abstracts, await tokenCounter(), 300),
  }
  return { ...texts, guard: [...texts.short.slice(0, 8), ...texts.long.slice(0, 6), ...twoLimits(texts.long)] }
}

/** Title and text together, as one document. */
function readRetrieval(set: string, file: 'corpus' | 'queries'): string[] {
  const lines = readFileSync(join(ASSETS, `data/retrieval/${set}/${file}.jsonl`), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => {
    const { title, text } = JSON.parse(line)
    return title ? `${title} ${text}` : text
  })
}

/** What a command is for, and what each of its examples does: lines of about ten words. */
function readTldr(): string[] {
  const folder = join(ASSETS, 'data/corpora/tldr-en/pages')
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))
  const lines = pages.sort().flatMap((path) => {
    const text = readFileSync(join(folder, path), 'utf8')
    return [...text.matchAll(/^(?:> (?!More information|See also)|- )(.+?)[.:]?$/gm)].map(([, line = '']) => line)
  })
  return [...new Set(lines)]
}

function everyNth<T>(values: readonly T[], count: number): T[] {
  const step = Math.floor(values.length / count)
  return Array.from({ length: count }, (_, index) => values[index * step] as T)
}

async function tokenCounter(): Promise<TokenCounter> {
  const places = { modelFolders: [join(ASSETS, 'models')], cacheDirectory: '' }
  const { spec, folder } = await locateModel('all-MiniLM-L6-v2', places)
  return openTokenCounter({ spec, folder: folder as string })
}

const LEAST_TOKENS = 200
const MOST_TOKENS = 250

/** The texts as one, cut at words into passages of 200 to 250 tokens in turn. */
function cutPassages(texts: readonly string[], counter: TokenCounter, count: number): string[] {
  const words = texts.join(' ').split(/\s+/)
  const passages: string[] = []
  for (let at = 0, from = 0, tokens = 0; passages.length < count; at++) {
    const goal = LEAST_TOKENS + ((passages.length * 7) % (MOST_TOKENS - LEAST_TOKENS - 10))
    tokens += counter.count(words[at] as string)
    if (tokens < goal) continue
    passages.push(words.slice(from, at + 1).join(' '))
    from = at + 1
    tokens = 0
  }
  return passages
}

/** Texts that change their subject around token 128 and again around 256: whoever cuts elsewhere has another vector. */
function twoLimits(texts: readonly string[]): string[] {
  const part = (index: number) => (texts[index] as string).split(/\s+/).slice(0, 85).join(' ')
  return Array.from({ length: 6 }, (_, index) => [part(index), part(index + 20), part(index + 40)].join(' '))
}
