import { SemdexError } from '../../core/errors.ts'
import { type Flag, type FlagValue, type FlagValues, GLOBAL_FLAGS } from './flags.ts'
import { parseArgs } from './node-util.ts'
import type { Arguments, Verb } from './verb.ts'

export interface Command extends Arguments {
  /** Null where no verb was named. */
  verb: Verb | null
  /** The first word of several verbs, where it stands alone and help is asked for. */
  group?: string
}

/**
 * The command line as a verb with its arguments. Flags may stand anywhere; those before the verb are global ones.
 * With `--help` or `--version` nothing else is checked.
 * @throws {SemdexError} `INVALID_INPUT`, with a suggestion where something is only misspelt.
 */
export async function parseCommand(argv: readonly string[], verbs: readonly Verb[]): Promise<Command> {
  const start = await findVerb(argv)
  if (start === argv.length) return { verb: null, positionals: [], flags: await readFlags(argv, GLOBAL_FLAGS, null) }
  const before = argv.slice(0, start)
  const [word = '', ...others] = argv.slice(start)
  if (asksForGroup(word, others, verbs)) {
    return {
      verb: null,
      group: word,
      positionals: [],
      flags: await readFlags([...before, ...others], GLOBAL_FLAGS, null),
    }
  }
  const { verb, words } = await chooseVerb(argv.slice(start), verbs)
  const args = [...before, ...argv.slice(start + words)]
  const known = [...verb.flags, ...GLOBAL_FLAGS]
  const flags = await readFlags(args, known, verb)
  const positionals = tokenize(args, known).flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  if (!flags.help && !flags.version) await checkPositionals(verb, positionals, verbs)
  return { verb, positionals, flags }
}

function tokenize(args: readonly string[], flags: readonly Flag[]) {
  const options = Object.fromEntries(
    flags.map(({ name, type, short }) => [
      name,
      { type: type === 'switch' ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  )
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens
}

/** Where the verb is: at the first word that is neither a global flag nor its value. */
async function findVerb(argv: readonly string[]): Promise<number> {
  for (const token of tokenize(argv, GLOBAL_FLAGS)) {
    if (token.kind === 'positional') return token.index
    if (token.kind === 'option-terminator') return Math.min(token.index + 1, argv.length)
    if (!GLOBAL_FLAGS.some(({ name }) => name === token.name))
      throw await unknownFlag(token.rawName, GLOBAL_FLAGS, null)
  }
  return argv.length
}

/** Whether this is `semdex memory --help`, where all verbs that begin with the word have a second one. */
function asksForGroup(word: string, others: readonly string[], verbs: readonly Verb[]): boolean {
  const isGroup = !verbs.some(({ name }) => name === word) && verbs.some(({ name }) => name.startsWith(`${word} `))
  return (
    isGroup &&
    others.some((other) => other === '--help' || other === '-h') &&
    others.every((other) => other.startsWith('-'))
  )
}

async function chooseVerb(args: readonly string[], verbs: readonly Verb[]): Promise<{ verb: Verb; words: number }> {
  const [first = '', second = ''] = args
  const two = verbs.find(({ name }) => name === `${first} ${second}`)
  if (two) return { verb: two, words: 2 }
  const one = verbs.find(({ name }) => name === first)
  if (!one) throw await unknownVerb(first, second, verbs)
  const isListing = second === 'list' && verbs.some(({ name }) => name.startsWith(`${first} `))
  return { verb: one, words: isListing ? 2 : 1 }
}

async function readFlags(args: readonly string[], known: readonly Flag[], verb: Verb | null): Promise<FlagValues> {
  const values: Record<string, FlagValue> = {}
  for (const token of tokenize(args, known)) {
    if (token.kind !== 'option') continue
    const flag = known.find(({ name }) => name === token.name)
    if (!flag) throw await unknownFlag(token.rawName, known, verb)
    const value = readValue(flag, token)
    if (flag.repeatable) values[flag.name] = [...((values[flag.name] as string[]) ?? []), value as string]
    else values[flag.name] = value
  }
  return values
}

interface OptionToken {
  rawName: string
  value: string | undefined
  inlineValue: boolean | undefined
}

function readValue(flag: Flag, { rawName, value, inlineValue }: OptionToken): FlagValue {
  const fail = (message: string) => invalidFlag(flag, `${rawName} ${message}`)
  if (flag.type === 'switch') {
    if (value !== undefined) throw fail('takes no value.')
    return true
  }
  const isNextFlag = !inlineValue && value?.startsWith('-') && value.length > 1 && !/^-\.?\d/.test(value)
  if (value === undefined || value === '' || isNextFlag) throw fail(`needs a value: ${rawName} <${flag.value}>.`)
  switch (flag.type) {
    case 'integer':
      if (!/^[+-]?\d+$/.test(value)) throw fail(`takes a whole number, not ${value}.`)
      return Number(value)
    case 'number':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value)) throw fail(`takes a number, not ${value}.`)
      return Number(value)
    case 'bytes':
      return readBytes(value) ?? raise(fail(`takes a size as 500k, 20M or 20000000, not ${value}.`))
    case 'choice':
      if (!flag.choices?.includes(value)) throw fail(`takes one of ${flag.choices?.join(', ')}, not ${value}.`)
      return value
    default:
      return value
  }
}

const UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9 }

function readBytes(value: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)b?$/i.exec(value)
  return match ? Math.round(Number(match[1]) * (UNITS[(match[2] as string).toLowerCase()] as number)) : null
}

async function checkPositionals(verb: Verb, given: readonly string[], verbs: readonly Verb[]): Promise<void> {
  const missing = verb.positionals.filter(({ required }) => required)[given.length]
  if (missing) {
    const message = `semdex ${verb.name} needs <${missing.name}>: ${lowerFirst(missing.summary)}.`
    throw usage(verb, message, { field: missing.name })
  }
  const takesAll = verb.positionals.some(({ repeatable }) => repeatable)
  const extra = takesAll ? undefined : given[verb.positionals.length]
  if (extra === undefined) return
  const below = verbs.flatMap(({ name }) => (name.startsWith(`${verb.name} `) ? [name.split(' ')[1] as string] : []))
  const { didYouMean } = await import('./suggest.ts')
  throw usage(verb, `semdex ${verb.name} does not take ${extra}.`, { suggestion: didYouMean(extra, below) })
}

async function unknownVerb(word: string, second: string, verbs: readonly Verb[]): Promise<SemdexError> {
  const { didYouMean } = await import('./suggest.ts')
  const below = verbs.flatMap(({ name }) => (name.startsWith(`${word} `) ? [name.slice(word.length + 1)] : []))
  if (below.length > 0) {
    const isWord = second !== '' && !second.startsWith('-')
    const message = isWord
      ? `There is no verb ${word} ${second}.`
      : `semdex ${word} needs another word: ${below.join(', ')}.`
    const whole = below.length === 1 ? `semdex ${word} ${below[0]}` : `semdex ${word} --help`
    const suggestion = (isWord && didYouMean(second, below)) || whole
    return usage(null, message, { suggestion })
  }
  const names = [...new Set(verbs.map(({ name }) => name.split(' ')[0] as string))]
  return usage(null, `There is no verb ${word}.`, { suggestion: didYouMean(word, names) })
}

async function unknownFlag(rawName: string, known: readonly Flag[], verb: Verb | null): Promise<SemdexError> {
  const { didYouMean } = await import('./suggest.ts')
  const names = known.map(({ name }) => `--${name}`)
  const message = `There is no flag ${rawName}${verb ? ` for semdex ${verb.name}` : ''}.`
  return usage(verb, message, { suggestion: didYouMean(rawName, names), field: fieldOf(rawName) })
}

function invalidFlag(flag: Flag, message: string): SemdexError {
  return new SemdexError('INVALID_INPUT', { message, details: { field: fieldOf(flag.name) } })
}

interface Hints {
  suggestion?: string | null
  field?: string
}

function usage(verb: Verb | null, message: string, { suggestion, field }: Hints): SemdexError {
  const fix = suggestion ?? `semdex ${verb ? `${verb.name} ` : ''}--help`
  return new SemdexError('INVALID_INPUT', { message, fix, ...(field !== undefined && { details: { field } }) })
}

/** A flag as the other interfaces call it: `--min-similarity` is `minSimilarity`. */
function fieldOf(name: string): string {
  return name.replace(/^-+/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function raise(error: SemdexError): never {
  throw error
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
