import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Filter, type Filterable, matches, parseFilter } from '../../../src/core/filter.ts'
import { matchesGlob } from '../../../src/core/glob.ts'

/** Few names and values, so that filters and documents meet. */
const scalar = fc.oneof(
  fc.constantFrom<string | number | boolean | null>('a', 'b', 'ab', 'a/b', '', '\u{1f600}', '\ud83d', '\uffff'),
  fc.integer({ min: -2, max: 2 }),
  fc.boolean(),
  fc.constant(null),
)
const value = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('x', 'y'), fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }))),
)
const name = fc.constantFrom('x', 'y', 'z', 'constructor', '__proto__', 'valueOf')
const field = fc.oneof(
  name,
  fc.tuple(name, name).map(([a, b]) => `${a}.${b}`),
  fc.constantFrom('$path', '$id'),
)
const document: fc.Arbitrary<Filterable> = fc.record({
  id: fc.constantFrom('a', 'b', 'a/b'),
  path: fc.constantFrom(null, '/a', '/a/b', '/ab', '/a/b/c.md'),
  metadata: fc.dictionary(name, value, { noNullPrototype: true }) as fc.Arbitrary<Filterable['metadata']>,
})
const ordered = fc.oneof(fc.constantFrom('a', 'ab', '\u{1f600}', '\uffff', '\ud83d'), fc.integer({ min: -2, max: 2 }))
const condition = fc.oneof(
  scalar,
  fc
    .record(
      {
        $eq: scalar,
        $ne: scalar,
        $gt: ordered,
        $gte: ordered,
        $lt: ordered,
        $lte: ordered,
        $in: fc.array(scalar, { maxLength: 3 }),
        $nin: fc.array(scalar, { maxLength: 3 }),
        $exists: fc.boolean(),
        $glob: fc.constantFrom('*', '**', 'a*', '/a/**', '?', '/**/*.md'),
        $under: fc.constantFrom('/', '/a', '/a/', 'a'),
      },
      { requiredKeys: [] },
    )
    .filter((operators) => Object.keys(operators).length > 0),
)
const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.dictionary(field, condition, { maxKeys: 2, noNullPrototype: true }) as fc.Arbitrary<Filter>,
    fc.record({ $and: fc.array(tie('filter'), { maxLength: 3 }) }) as fc.Arbitrary<Filter>,
    fc.record({ $or: fc.array(tie('filter'), { maxLength: 3 }) }) as fc.Arbitrary<Filter>,
    fc.record({ $not: tie('filter') }) as fc.Arbitrary<Filter>,
  ),
}))

test('a filter answers as its description does, read word by word', () => {
  fc.assert(
    fc.property(filter, document, (wanted, given) => {
      expect(matches(parseFilter(wanted), given)).toBe(naive(wanted, given))
    }),
    { numRuns: 3_000 },
  )
})

test('a filter and its negation share no document and miss none', () => {
  fc.assert(
    fc.property(filter, document, (wanted, given) => {
      expect(matches(parseFilter({ $not: wanted }), given)).toBe(!matches(parseFilter(wanted), given))
    }),
  )
})

test('a glob matches what its description says', () => {
  const glob = fc
    .array(
      fc.constantFrom('*', '**', '**/', '?', '/', 'a', 'b', '.', '\u{1f600}', '\ud83d', '\ude00', '[', '(', '\\', '$'),
      {
        maxLength: 7,
      },
    )
    .map((parts) => parts.join(''))
  const text = fc
    .array(fc.constantFrom('a', 'b', '/', '.', '\u{1f600}', '\ud83d', '\ude00', '[', '\n', '$', '\\'), { maxLength: 8 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(glob, text, (pattern, given) => {
      expect(matchesGlob(given, pattern)).toBe(naiveGlob([...pattern], [...given], true))
    }),
    { numRuns: 5_000 },
  )
})

test('a glob matches what it was made from', () => {
  const segment = fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }).filter((part) => !/[/*?]/.test(part))
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.nat(), (segments, at) => {
      const path = segments.join('/')
      const with_ = (part: string) => segments.with(at % segments.length, part).join('/')
      expect(matchesGlob(path, path)).toBe(true)
      expect(matchesGlob(path, with_('*'))).toBe(true)
      expect(matchesGlob(path, with_('**'))).toBe(true)
      expect(matchesGlob(path, `**/${segments.at(-1)}`)).toBe(true)
      expect(matchesGlob(`${path}/more`, path)).toBe(false)
    }),
  )
})

/** The documentation of `Filter`, sentence by sentence; shares no code with the real one. */
function naive(wanted: Filter, given: Filterable): boolean {
  return Object.keys(wanted).every((key) => {
    const entry = wanted[key] as never
    if (key === '$and') return (entry as Filter[]).every((child) => naive(child, given))
    if (key === '$or') return (entry as Filter[]).some((child) => naive(child, given))
    if (key === '$not') return !naive(entry, given)
    const found = lookUp(key, given)
    if (typeof entry !== 'object' || entry === null) return holds('$eq', found, entry)
    return Object.keys(entry).every((operator) => holds(operator, found, entry[operator]))
  })
}

function lookUp(key: string, { id, path, metadata }: Filterable): unknown {
  if (key === '$id') return id
  if (key === '$path') return path === null ? undefined : path
  return key.split('.').reduce<unknown>((at, part) => {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined
    return Object.getOwnPropertyDescriptor(at, part)?.value
  }, metadata)
}

function holds(operator: string, found: unknown, operand: unknown): boolean {
  if (operator === '$ne') return !holds('$eq', found, operand)
  if (operator === '$nin') return !holds('$in', found, operand)
  if (operator === '$exists') return operand === (found !== undefined)
  const elements = found === undefined ? [] : Array.isArray(found) ? found : [found]
  return elements.some((element) => {
    if (operator === '$eq') return Object.is(element, operand)
    if (operator === '$in') return (operand as unknown[]).some((each) => Object.is(element, each))
    if (typeof element === 'number' && typeof operand === 'number') return inOrder(operator, element - operand)
    if (typeof element !== 'string' || typeof operand !== 'string') return false
    if (operator === '$glob') return naiveGlob([...operand], [...element], true)
    if (operator === '$under') {
      const folder = operand.replace(/\/$/, '')
      return element === operand || element.startsWith(`${folder}/`)
    }
    return inOrder(operator, byCodePoint(element, operand))
  })
}

function inOrder(operator: string, difference: number): boolean {
  return { $gt: difference > 0, $gte: difference >= 0, $lt: difference < 0, $lte: difference <= 0 }[operator] ?? false
}

function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]].map((text) => text.map((each) => each.codePointAt(0) as number))
  for (let i = 0; ; i++) {
    const [x, y] = [left?.[i] ?? -1, right?.[i] ?? -1]
    if (x !== y || x === -1) return x - y
  }
}

/** By recursion over the pattern: exponential, and short. */
function naiveGlob(pattern: string[], text: string[], atStart: boolean): boolean {
  const [first, second, third] = pattern
  if (first === undefined) return text.length === 0
  if (first === '*' && second === '*' && third === '/' && atStart) {
    const behind = pattern.slice(3)
    const starts = [0, ...text.flatMap((character, i) => (character === '/' ? [i + 1] : []))]
    return starts.some((start) => naiveGlob(behind, text.slice(start), true))
  }
  if (first === '*' && second === '*') {
    const behind = pattern.slice(pattern.findIndex((each) => each !== '*'))
    const rest = pattern.every((each) => each === '*') ? [] : behind
    return [...text, ''].some((_, i) => naiveGlob(rest, text.slice(i), false))
  }
  if (first === '*') {
    const end = text.indexOf('/')
    const longest = end === -1 ? text.length : end
    return Array.from({ length: longest + 1 }, (_, i) => i).some((i) =>
      naiveGlob(pattern.slice(1), text.slice(i), false),
    )
  }
  const [character] = text
  if (character === undefined) return false
  const isSame = first === '?' ? character !== '/' : character === first
  return isSame && naiveGlob(pattern.slice(1), text.slice(1), first === '/')
}
