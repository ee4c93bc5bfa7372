import { describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import { type Filter, type Filterable, matches, parseFilter } from '../../../src/core/filter.ts'

const ada: Filterable = {
  id: 'doc-1',
  path: '/notes/math/engine.md',
  metadata: {
    lang: 'en',
    year: 1843,
    draft: false,
    reviewer: null,
    tags: ['math', 'engine', 7],
    empty: [],
    author: { name: 'Ada', address: { city: 'London' } },
  },
}

const passes = (filter: Filter, document: Filterable = ada) => matches(parseFilter(filter), document)

describe('a filter keeps', () => {
  test.each<[string, Filter]>([
    ['everything where it is empty', {}],
    ['an equal value', { lang: 'en' }],
    ['null as a value', { reviewer: null }],
    ['a nested field', { 'author.address.city': 'London' }],
    ['$eq', { year: { $eq: 1843 } }],
    ['$ne', { lang: { $ne: 'de' } }],
    ['$gt', { year: { $gt: 1842 } }],
    ['$gte', { year: { $gte: 1843 } }],
    ['$lt', { year: { $lt: 1844 } }],
    ['$lte', { year: { $lte: 1843 } }],
    ['two conditions on one field', { year: { $gt: 1800, $lt: 1900 } }],
    ['text in order', { lang: { $gt: 'de', $lt: 'fr' } }],
    ['$in', { lang: { $in: ['de', 'en'] } }],
    ['$in with null', { reviewer: { $in: [null] } }],
    ['$nin', { lang: { $nin: ['de', 'fr'] } }],
    ['$exists', { draft: { $exists: true } }],
    ['$exists on null', { reviewer: { $exists: true } }],
    ['$exists on an empty list', { empty: { $exists: true } }],
    ['$exists: false', { nothing: { $exists: false } }],
    ['an element of a list', { tags: 'engine' }],
    ['an element of a list by order', { tags: { $gt: 6 } }],
    ['an element of a list by $in', { tags: { $in: ['x', 7] } }],
    ['an element of a list by $glob', { tags: { $glob: 'eng*' } }],
    ['$path', { $path: { $glob: '/notes/**/*.md' } }],
    ['$path below', { $path: { $under: '/notes' } }],
    ['$path itself', { $path: { $under: '/notes/math/engine.md' } }],
    ['$path below a folder with a slash', { $path: { $under: '/notes/' } }],
    ['$id', { $id: 'doc-1' }],
    ['$and', { $and: [{ lang: 'en' }, { year: 1843 }] }],
    ['an empty $and', { $and: [] }],
    ['$or', { $or: [{ lang: 'de' }, { year: 1843 }] }],
    ['$not', { $not: { lang: 'de' } }],
    ['what leaves an entry undefined', { lang: undefined }],
  ])('%s', (_, filter) => expect(passes(filter)).toBe(true))
})

describe('a filter drops', () => {
  test.each<[string, Filter]>([
    ['another value', { lang: 'de' }],
    ['another type', { year: '1843' }],
    ['0 for false', { draft: 0 }],
    ['an order of two types', { year: { $gt: '1' } }],
    ['an order on false', { draft: { $lt: 1 } }],
    ['$ne of an element', { tags: { $ne: 'math' } }],
    ['$nin of an element', { tags: { $nin: ['math'] } }],
    ['anything about an empty list', { empty: { $lte: 'z' } }],
    ['an object as a value', { author: 'Ada' }],
    ['a folder with the same beginning', { $path: { $under: '/note' } }],
    ['an empty $or', { $or: [] }],
    ['$not of everything', { $not: {} }],
    ['two conditions, one wrong', { year: { $gt: 1800, $lt: 1843 } }],
  ])('%s', (_, filter) => expect(passes(filter)).toBe(false))
})

describe('a missing field', () => {
  test.each<[string, Filter]>([
    ['$ne', { nothing: { $ne: 1 } }],
    ['$nin', { nothing: { $nin: [1] } }],
    ['$not', { $not: { nothing: 1 } }],
    ['$exists: false', { nothing: { $exists: false } }],
  ])('passes %s', (_, filter) => expect(passes(filter)).toBe(true))

  test.each<[string, Filter]>([
    ['null', { nothing: null }],
    ['$in with null', { nothing: { $in: [null] } }],
    ['$lt', { nothing: { $lt: 9 } }],
    ['$gt', { nothing: { $gt: 0 } }],
    ['$glob', { nothing: { $glob: '**' } }],
    ['$under', { nothing: { $under: '/' } }],
    ['$exists: true', { nothing: { $exists: true } }],
    ['a part of a text', { 'lang.length': 2 }],
    ['an element by its index', { 'tags.0': 'math' }],
    ['what every object inherits', { constructor: { $exists: true } }],
    ['the prototype', { 'author.__proto__': { $exists: true } }],
    ['toString', { 'author.toString': { $exists: true } }],
  ])('fails %s', (_, filter) => expect(passes(filter)).toBe(false))

  test('is what $path is of a document without a file', () => {
    const loose = { ...ada, path: null }
    expect(passes({ $path: { $exists: false } }, loose)).toBe(true)
    expect(passes({ $path: { $under: '/' } }, loose)).toBe(false)
    expect(passes({ $path: null } as Filter, loose)).toBe(false)
  })
})

test('fields named as parts of a prototype are fields like others', () => {
  const metadata = JSON.parse('{"__proto__": {"admin": true}, "constructor": "Ferrari", "toString": 1}')
  const car = { id: 'car', path: null, metadata }
  expect(passes(JSON.parse('{"__proto__.admin": true}'), car)).toBe(true)
  expect(passes(JSON.parse('{"__proto__": {"$exists": true}}'), car)).toBe(true)
  expect(passes({ constructor: 'Ferrari' } as unknown as Filter, car)).toBe(true)
  expect(passes({ toString: 1 } as unknown as Filter, car)).toBe(true)
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
})

test('text is in the order of code points', () => {
  const grin = { id: '\u{1f600}', path: null, metadata: {} }
  expect(passes({ $id: { $gt: '\uffff' } }, grin)).toBe(true)
  expect(passes({ $id: { $lt: '\u{1f601}' } }, grin)).toBe(true)
  expect(passes({ $id: { $gt: '\ud83d' } }, grin)).toBe(true)
})

describe('a wrong filter names its field', () => {
  test.each<[string, unknown, string]>([
    ['no object', 'lang', 'filter'],
    ['a list', [], 'filter'],
    ['null', null, 'filter'],
    ['an unknown operator', { lang: { $regex: '.' } }, 'lang'],
    ['an inherited name as an operator', { lang: { constructor: 1 } }, 'lang'],
    ['a prototype as an operator', JSON.parse('{"lang": {"__proto__": 1}}'), 'lang'],
    ['an unknown operator between filters', { $xor: [] }, '$xor'],
    ['a nested object', { author: { name: 'Ada' } }, 'author'],
    ['a condition without an operator', { lang: {} }, 'lang'],
    ['a list as a value', { tags: ['math'] }, 'tags'],
    ['NaN', { year: Number.NaN }, 'year'],
    ['infinity', { year: { $lt: Number.POSITIVE_INFINITY } }, 'year'],
    ['a BigInt', { year: 1843n }, 'year'],
    ['a function', { year: () => 1 }, 'year'],
    ['an order of null', { year: { $gt: null } }, 'year'],
    ['an order of a switch', { year: { $gt: true } }, 'year'],
    ['$in without a list', { year: { $in: 1843 } }, 'year'],
    ['$in with lists', { year: { $in: [[1]] } }, 'year'],
    ['$nin without a list', { year: { $nin: 1843 } }, 'year'],
    ['$exists with a text', { year: { $exists: 'yes' } }, 'year'],
    ['$glob with a number', { year: { $glob: 1 } }, 'year'],
    ['$glob beyond 1,000 characters', { year: { $glob: '*'.repeat(1_001) } }, 'year'],
    ['$under with null', { $path: { $under: null } }, '$path'],
    ['an operand that is undefined', { year: { $gt: undefined } }, 'year'],
    ['$and without a list', { $and: {} }, '$and'],
    ['$or with a text in its list', { $or: ['x'] }, 'filter'],
    ['$not with a list', { $not: [] }, 'filter'],
    ['a wrong part deep inside', { $and: [{ $not: { $or: [{ deep: { $eq: [] } }] } }] }, 'deep'],
  ])('%s', (_, filter, field) => {
    const error = thrownBy(() => parseFilter(filter as Filter))
    expect(error).toMatchObject({ code: 'INVALID_INPUT', details: { field } })
    expect(error.message).toContain(field)
    expect(error.message.length).toBeLessThan(300)
  })
})

describe('limits', () => {
  const nested = (levels: number): Filter => (levels === 0 ? { lang: 'en' } : { $not: nested(levels - 1) })

  test('16 levels are taken, 17 are not', () => {
    expect(passes(nested(16))).toBe(true)
    expect(thrownBy(() => parseFilter(nested(17)))).toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('a depth that would overflow the stack is refused too', () => {
    let deep: Filter = {}
    for (let i = 0; i < 100_000; i++) deep = { $and: [deep] }
    expect(thrownBy(() => parseFilter(deep))).toMatchObject({ code: 'INVALID_INPUT' })
  })

  test.each<[string, (count: number) => Filter]>([
    ['tests', (count) => ({ $or: Array.from({ length: count }, (_, i) => ({ year: i })) })],
    ['negated tests', (count) => ({ $or: Array.from({ length: count }, (_, i) => ({ year: { $ne: i } })) })],
    ['empty filters', (count) => ({ $or: Array.from({ length: count }, () => ({})) })],
    ['empty lists', (count) => ({ $or: Array.from({ length: count }, () => ({ $and: [] })) })],
  ])('1,000 %s are taken, 1,001 are not', (_, make) => {
    expect(parseFilter(make(1_000))).toMatchObject({ type: 'or' })
    expect(thrownBy(() => parseFilter(make(1_001)))).toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('a pattern of many wildcards costs no time', () => {
    const pattern = `${'*a'.repeat(400)}b`
    const document = { id: 'a'.repeat(2_000), path: null, metadata: {} }
    const start = performance.now()
    expect(passes({ $id: { $glob: pattern } }, document)).toBe(false)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})

function thrownBy(work: () => unknown): SemdexError {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(SemdexError)
    return error as SemdexError
  }
  throw new Error('nothing was thrown')
}
