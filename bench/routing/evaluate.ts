import type { Side } from '../../src/core/sides.ts'
import { classifyContent } from '../../src/routing/classify-content.ts'
import { routeQuery } from '../../src/routing/route-query.ts'
import type { Sample } from './documents.ts'
import { UNSEEN } from './packages.ts'

export interface Share {
  right: number
  of: number
  accuracy: number
}

export interface TestQuery {
  query: string
  label: Side | 'both'
  source: string
}

/** How often the content alone gives the label, with the file's name hidden. */
export async function evaluateDocuments(samples: readonly Sample[]) {
  const judged = []
  const began = performance.now()
  for (const sample of samples) judged.push({ ...sample, said: sideOf(await classifyContent(sample.text)) })
  const milliseconds = (performance.now() - began) / samples.length
  const isRight = ({ side, said }: { side: Side; said: Side }) => side === said
  const unseen = judged.filter(({ language }) => UNSEEN.has(language))
  return {
    all: share(judged, isRight),
    unseenLanguages: share(unseen, isRight),
    withoutMarkup: share(
      judged.filter(({ language }) => language !== 'html' && language !== 'xml'),
      isRight,
    ),
    confusion: confusion(judged.map(({ side, said }) => [side, said])),
    millisecondsEach: Number(milliseconds.toFixed(3)),
    byLanguage: shares(judged, ({ side, language }) => `${side}: ${language}`, isRight),
  }
}

/** The same of pieces: so many lines from the middle of each file of code that are no comments, and of each file of prose. */
export async function evaluatePieces(samples: readonly Sample[], lines: number): Promise<Share> {
  const pieces = samples.flatMap((sample) => {
    const bare = sample.text.split('\n').filter((line) => line.trim() !== '' && !COMMENT.test(line))
    const start = bare.length >> 1
    const text = bare.slice(start, start + lines).join('\n')
    return text.length < 30 || MIXED.has(sample.language) ? [] : [{ ...sample, text }]
  })
  const judged = []
  for (const piece of pieces) judged.push({ ...piece, said: sideOf(await classifyContent(piece.text)) })
  return share(judged, ({ side, said }) => side === said)
}

const COMMENT = /^\s*(?:#(?!include|define|if)|\/\/|\/?\*|--|;|%|<!--)/
/** Prose that quotes code, and markup: a piece of them may be either. */
const MIXED = new Set([
  'markdown',
  'restructuredtext',
  'asciidoc',
  'pod',
  'texinfo',
  'latex',
  'manpage',
  'html',
  'xml',
  'org',
])

export async function evaluateQueries(queries: readonly TestQuery[]) {
  const judged: (TestQuery & { said: Side | 'both' })[] = []
  for (const query of queries) judged.push({ ...query, said: (await routeQuery(query.query)).side })
  const isRight = ({ label, said }: { label: string; said: string }) => label === said
  const ofLength = judged.filter(({ query }) => /^\s*\S+(?:\s+\S+){2,14}\s*$/.test(query))
  return {
    threeToFifteenWords: share(ofLength, isRight),
    all: share(judged, isRight),
    confusion: confusion(judged.map(({ label, said }) => [label, said])),
    bySource: shares(judged, ({ source, label }) => `${source}: ${label}`, isRight),
    wrong: judged.filter((query) => !isRight(query)).map(({ query, label, said }) => `${label} → ${said}: ${query}`),
  }
}

function sideOf(code: number): Side {
  return code >= 0.5 ? 'code' : 'text'
}

function share<T>(items: readonly T[], isRight: (item: T) => boolean): Share {
  const right = items.filter(isRight).length
  return { right, of: items.length, accuracy: Number((right / items.length).toFixed(4)) }
}

function shares<T>(items: readonly T[], nameOf: (item: T) => string, isRight: (item: T) => boolean) {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(nameOf(item), [...(groups.get(nameOf(item)) ?? []), item])
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length)
  return Object.fromEntries(sorted.map(([name, members]) => [name, share(members, isRight)]))
}

/** What was said of each label: "code as text": 12. */
function confusion(pairs: readonly (readonly [string, string])[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [label, said] of pairs) counts[`${label} as ${said}`] = (counts[`${label} as ${said}`] ?? 0) + 1
  return counts
}
