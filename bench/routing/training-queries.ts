import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AMBIGUOUS_TEXT } from './ambiguous-queries.ts'
import type { Sample } from './documents.ts'
import { ERRORS, LANGUAGES, PLAIN_QUESTIONS, QUESTIONS_ABOUT_CODE } from './query-material.ts'

export type QueryLabel = 'text' | 'code' | 'both'

export interface LabelledQuery {
  query: string
  label: QueryLabel
}

const MOST_OF_A_LABEL = 40_000

/**
 * Queries made of the training files: lines of code and error messages (code), what comments say that code does, asked for
 * in the ways people ask (both), and sentences and terms of WordNet and of prose (text).
 */
export function trainingQueries(samples: readonly Sample[], folder: string): LabelledQuery[] {
  const random = sequence(17)
  const code = samples.filter(({ side }) => side === 'code')
  const prose = samples.filter((sample) => sample.side === 'text' && ABOUT_THE_WORLD.test(sample.package))
  const phrases = code.flatMap(({ text }) => commentPhrases(text))
  return [
    ...pick(codeQueries(code, random), MOST_OF_A_LABEL, random).map(labelled('code')),
    ...pick(
      phrases.map((phrase) => asked(phrase, random)),
      MOST_OF_A_LABEL,
      random,
    ).map(labelled('both')),
    ...repeat(QUESTIONS_ABOUT_CODE, 30, random).map(labelled('both')),
    ...pick(worldQueries(folder, random), MOST_OF_A_LABEL, random).map(labelled('text')),
    ...pick(
      prose.flatMap(({ text }) => sentencesOf(text)),
      MOST_OF_A_LABEL / 4,
      random,
    ).map(labelled('text')),
    ...repeat(AMBIGUOUS_TEXT, 30, random).map(labelled('text')),
  ]
}

const ABOUT_THE_WORLD = /^(?:fortunes|anarchism|debian-history|gnome-user-docs|installation-guide|miscfiles|debian-faq)/

const labelled =
  (label: QueryLabel) =>
  (query: string): LabelledQuery => ({ query, label })

/** Lines of code, names that stand in them, and what programs say when they fail. */
function codeQueries(code: readonly Sample[], random: () => number): string[] {
  return code.flatMap(({ text, language }) => {
    if (['json', 'xml', 'html', 'yaml', 'css', 'table'].includes(language) && random() < 0.7) return []
    const lines = text.split('\n').map((line) => line.trim())
    const good = lines.filter(
      (line) => line.length > 12 && line.length < 110 && !COMMENT.test(line) && MARKS.test(line),
    )
    const names = [...new Set(text.match(/\b[A-Za-z]+(?:[._][A-Za-z]+|[a-z][A-Z][a-z]+)+\b/g) ?? [])]
    return [
      ...pick(good, 12, random),
      ...pick(names, 3, random).map((name, at) => (at === 0 ? name : `${name} ${names[at * 7] ?? ''}`.trim())),
      ...pick(messagesOf(text), 3, random).map((message) => `${oneOf(ERRORS, random)} ${message}`.trim()),
    ]
  })
}

const COMMENT = /^(?:#(?!include|define|if|!)|\/\/|\*|\/\*|--|;|%|"""|<!--|REM\b|dnl\b)/
const MARKS = /[(){}[\];=<>$@:|&\\]|\w_\w|[a-z][A-Z]|->/

function messagesOf(text: string): string[] {
  const found = text.matchAll(
    /(?:error|raise|throw|panic|fatal|warn|Exception)\w*[^"'\n]{0,30}["']([A-Za-z][^"'\n]{15,90})["']/gi,
  )
  return [...found].map(([, message]) => (message as string).replaceAll(/\\n/g, ' '))
}

/** First sentences of comments that say in words what a piece of code does. */
function commentPhrases(text: string): string[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:\/\*\*\s*\n?\s*\*?|"""|'''|\/\/\/?|##?'?|--\s\|?|;;+|%%+|\*)\s*([A-Z][a-z]+(?: [\w'-]+){2,11})[.\n:]/g,
  )
  return [...found].map(([, phrase]) => phrase as string).filter((phrase) => !LEGAL.test(phrase))
}

const LEGAL =
  /copyright|licen[cs]e|warrant|distribut|permission|redistribut|author|rights|software|liab|merchant|copies|notice/i

/** A phrase as people ask for it: "Returns the index of a key" → "how to return the index of a key in python". */
function asked(phrase: string, random: () => number): string {
  const [verb = '', ...rest] = phrase.split(' ')
  const bare = `${verb
    .toLowerCase()
    .replace(/(?<=[^s])s$/, '')
    .replace(/ie$/, 'y')} ${rest.join(' ')}`
  const language = oneOf(LANGUAGES, random)
  const beginning = oneOf(BEGINNINGS, random)
  const draw = random()
  const question = `${beginning}${bare}`
  if (draw < 0.25) return `${question} in ${language}`
  if (draw < 0.35) return `${language} ${bare}`
  if (draw < 0.45) return `${question} ${language}`
  if (draw < 0.75) return `${question}${random() < 0.3 ? '?' : ''}`
  return draw < 0.9 ? phrase : bare
}

const BEGINNINGS = [
  ...[
    '',
    '',
    '',
    'how to ',
    'how to ',
    'how do i ',
    'How do I ',
    'how can I ',
    'what is the best way to ',
    'function to ',
  ],
  ...[
    'code to ',
    'method that will ',
    'where do we ',
    'which function does ',
    'why does it not ',
    'class to ',
    'where does it ',
  ],
  ...[
    'How would you ',
    'script to ',
    'example of how to ',
    'is there a way to ',
    'what is ',
    'what does it mean to ',
    'can you ',
  ],
]

/** Terms, glosses and examples of WordNet, as statements, as terms, and as questions. */
function worldQueries(folder: string, random: () => number): string[] {
  const root = join(folder, 'deb/wordnet-base/usr/share/wordnet')
  const files = readdirSync(root)
    .filter((name) => name.startsWith('data.'))
    .sort()
  return files.flatMap((name) => {
    const lines = readFileSync(join(root, name), 'latin1')
      .split('\n')
      .filter((line) => /^\d/.test(line))
    return lines.flatMap((line) => {
      const gloss = line.slice(line.indexOf('| ') + 2)
      if (random() < 0.5 || ABOUT_PROGRAMS.test(gloss)) return []
      const term = (line.split(' ')[4] ?? '').replaceAll('_', ' ').replace(/\(.*/, '')
      const definition = gloss.split(/[;"]/)[0]?.trim() ?? ''
      const example = /"([^"]+)"/.exec(gloss)?.[1]
      const clipped = definition
        .split(' ')
        .slice(0, 3 + Math.floor(random() * 10))
        .join(' ')
      const question = `${oneOf(PLAIN_QUESTIONS, random)} ${random() < 0.5 ? term : clipped}${random() < 0.4 ? '?' : ''}`
      return [question, random() < 0.4 ? (example ?? clipped) : `${term} ${clipped}`]
    })
  })
}

const ABOUT_PROGRAMS = /\(?comput|program|software|unix|algorithm|\bdata\b|\bbit\b/i

function sentencesOf(text: string): string[] {
  const bare = text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
  return bare.split(/(?<=[.?!])\s/).filter((sentence) => {
    const count = sentence.split(' ').length
    return count >= 3 && count <= 15 && /^[\p{L}][\p{L}\s,.'?!-]+$/u.test(sentence)
  })
}

/** Handwritten ones are few: each is given often, sometimes without its capital, its mark or its first word. */
function repeat(queries: readonly string[], times: number, random: () => number): string[] {
  return queries.flatMap((query) =>
    Array.from({ length: times }, () => {
      const draw = random()
      if (draw < 0.2) return query.split(' ').slice(1).join(' ')
      return draw < 0.4 ? query.charAt(0).toUpperCase() + query.slice(1) : draw < 0.5 ? `${query}?` : query
    }),
  )
}

function pick<T>(items: readonly T[], most: number, random: () => number): T[] {
  const shuffled = [...items]
  for (let at = shuffled.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[shuffled[at], shuffled[other]] = [shuffled[other] as T, shuffled[at] as T]
  }
  return shuffled.slice(0, most)
}

function oneOf<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)] as T
}

/** Mulberry32: the same numbers on every machine. */
export function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
