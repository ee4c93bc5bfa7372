/** A part of a glob: a code point, or what stands for others. `skip` leads to `folders` and to what is behind it. */
type Part = number | 'one' | 'segment' | 'any' | 'skip' | 'folders'

/**
 * Whether a shell pattern matches the whole string: `*` is anything within one path segment, `**` anything at all, `?`
 * one character but `/`; a segment `**` stands for any number of folders, none included. Everything else is itself.
 * Takes time in proportion to both lengths, whatever the pattern.
 */
export function matchesGlob(text: string, glob: string): boolean {
  const parts = partsOf(glob)
  let places = new Set<number>()
  reach(places, parts, 0)
  for (let at = 0; at < text.length && places.size > 0; ) {
    const character = text.codePointAt(at) as number
    places = step(places, parts, character)
    at += character > 0xffff ? 2 : 1
  }
  return places.has(parts.length)
}

const known = new Map<string, Part[]>()
const MAX_KNOWN = 64

function partsOf(glob: string): Part[] {
  const before = known.get(glob)
  if (before) return before
  const parts = [...glob.matchAll(/(?<=^|\/)\*\*\/|\*\*+|\*|\?|./gsu)].flatMap(([part]) => toParts(part))
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(glob, parts)
  return parts
}

function toParts(part: string): Part[] {
  if (part === '**/') return ['skip', 'folders']
  if (part === '*') return ['segment']
  if (part === '?') return ['one']
  return part.startsWith('**') ? ['any'] : [part.codePointAt(0) as number]
}

const SLASH = 47

/** The places in the pattern that one more character leads to. */
function step(places: ReadonlySet<number>, parts: readonly Part[], character: number): Set<number> {
  const next = new Set<number>()
  for (const place of places) {
    const part = parts[place]
    if (part === 'any' || part === 'folders' || (part === 'segment' && character !== SLASH)) reach(next, parts, place)
    const isPassed = part === 'one' ? character !== SLASH : character === (part === 'folders' ? SLASH : part)
    if (isPassed) reach(next, parts, place + 1)
  }
  return next
}

/** Adds a place, and those behind it that need no character. */
function reach(places: Set<number>, parts: readonly Part[], place: number): void {
  if (places.has(place)) return
  places.add(place)
  const part = parts[place]
  if (part === 'any' || part === 'segment' || part === 'skip') reach(places, parts, place + 1)
  if (part === 'skip') reach(places, parts, place + 2)
}
