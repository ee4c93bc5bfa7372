/** A part of a glob: a code point, or what stands for others. `SKIP` leads to `FOLDERS` and to what is behind it. */
type Part = number
const ONE = -1
const SEGMENT = -2
const ANY = -3
const SKIP = -4
const FOLDERS = -5

interface Glob {
  /** What every match begins and ends with. */
  prefix: string
  suffix: string
  /** What comes after the prefix. */
  parts: Part[]
  /** Whether anything at all may follow once the last part is reached. */
  isOpen: boolean
  /** By place: the step in which it was last reached. */
  reached: Float64Array
}

/**
 * Whether a shell pattern matches the whole string: `*` is anything within one path segment, `**` anything at all, `?`
 * one character but `/`; a segment `**` stands for any number of folders, none included. Everything else is itself.
 * Takes time in proportion to both lengths, whatever the pattern.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  const glob = globOf(pattern)
  if (!text.startsWith(glob.prefix) || !text.endsWith(glob.suffix)) return false
  const last = glob.parts.length - 1
  let places: number[] = []
  let next: number[] = []
  step++
  reach(places, glob, 0)
  for (let at = glob.prefix.length; at < text.length && places.length > 0; ) {
    if (glob.isOpen && places.includes(last)) return true
    const character = text.codePointAt(at) as number
    advance(places, next, glob, character)
    const spent = places
    places = next
    next = spent
    next.length = 0
    at += character > 0xffff ? 2 : 1
  }
  return places.includes(last + 1)
}

const known = new Map<string, Glob>()
const MAX_KNOWN = 64
/** Counts characters over all calls, so that no list of reached places needs to be cleared. */
let step = 0

function globOf(pattern: string): Glob {
  const before = known.get(pattern)
  if (before) return before
  const all = [...pattern.matchAll(/(?<=^|\/)\*\*\/|\*\*+|\*|\?|./gsu)].flatMap(([part]) => toParts(part))
  // Half a surrogate pair at an edge of the prefix would cut a character of the text in two.
  const wild = pattern.isWellFormed() ? all.findIndex((part) => part < 0) : 0
  const parts = wild === -1 ? [] : all.slice(wild)
  const prefix = literal(all.slice(0, all.length - parts.length))
  const suffix = literal(parts.slice(parts.findLastIndex((part) => part < 0) + 1))
  const isOpen = parts.at(-1) === ANY
  const glob = { prefix, suffix, parts, isOpen, reached: new Float64Array(parts.length + 1) }
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(pattern, glob)
  return glob
}

function toParts(part: string): Part[] {
  if (part === '**/') return [SKIP, FOLDERS]
  if (part === '*') return [SEGMENT]
  if (part === '?') return [ONE]
  return part.startsWith('**') ? [ANY] : [part.codePointAt(0) as number]
}

function literal(parts: readonly Part[]): string {
  return String.fromCodePoint(...parts)
}

const SLASH = 47

/** The places in the pattern that one more character leads to. */
function advance(places: readonly number[], next: number[], glob: Glob, character: number): void {
  step++
  for (const place of places) {
    const part = glob.parts[place]
    if (part === ANY || part === FOLDERS || (part === SEGMENT && character !== SLASH)) reach(next, glob, place)
    const isPassed = part === ONE ? character !== SLASH : character === (part === FOLDERS ? SLASH : part)
    if (isPassed) reach(next, glob, place + 1)
  }
}

/** Adds a place, and those behind it that need no character. */
function reach(places: number[], glob: Glob, place: number): void {
  if (glob.reached[place] === step) return
  glob.reached[place] = step
  places.push(place)
  const part = glob.parts[place]
  if (part === ANY || part === SEGMENT || part === SKIP) reach(places, glob, place + 1)
  if (part === SKIP) reach(places, glob, place + 2)
}
