import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import type { Collection } from '../../../src/core/ports/record-store.ts'
import { isUnder } from '../../../src/core/text.ts'
import { innerRoots, placePath } from '../../../src/operations/roots.ts'
import { CollectionName } from '../../../src/operations/schemas.ts'

const collection = (name: string, ...roots: string[]): Collection => ({
  name,
  roots,
  key: 1,
  model: 'm',
  fingerprint: 'f',
  dimensions: 3,
  code: null,
  layout: 'native',
  createdAt: 0,
  lastRunAt: null,
})

const segments = fc.array(fc.constantFrom('a', 'b', 'ab', 'c'), { maxLength: 4 })
const pathOf = (parts: readonly string[]) => `/${parts.join('/')}`
const path = segments.map(pathOf)
/** Every root in one collection only, as placing paths leaves them. */
const collections = fc
  .uniqueArray(path, { maxLength: 6 })
  .chain((roots) => fc.tuple(...roots.map((root) => fc.tuple(fc.constant(root), fc.nat(2)))))
  .map((owned) =>
    ['one', 'two', 'three'].map((name, i) =>
      collection(name, ...owned.filter(([, at]) => at === i).map(([root]) => root)),
    ),
  )

/** By whole segments. */
function isUnderNaive(inner: string, outer: string): boolean {
  const [a, b] = [inner, outer].map((each) => each.split('/').filter(Boolean)) as [string[], string[]]
  return b.every((part, i) => a[i] === part)
}

describe('isUnder', () => {
  test('goes by whole segments', () => {
    fc.assert(
      fc.property(path, path, (a, b) => isUnder(a, b) === isUnderNaive(a, b)),
      { numRuns: 500 },
    )
  })

  test.each([
    ['/a/b', '/a', true],
    ['/a', '/a', true],
    ['/ab', '/a', false],
    ['/a', '/a/b', false],
    ['/a', '/', true],
    ['/', '/', true],
    ['C:/notes/x', 'C:/', true],
    ['C:/notes/x', 'C:/notes', true],
    ['C:/notes2', 'C:/notes', false],
    ['//server/share/x', '//server/share', true],
  ])('%s under %s: %s', (a, b, expected) => expect(isUnder(a, b)).toBe(expected))
})

describe('placePath', () => {
  test('gives a path to the most specific root that holds it, else to a new root', () => {
    fc.assert(
      fc.property(path, collections, (given, all) => {
        const holders = all
          .flatMap(({ name, roots }) => roots.map((root) => ({ name, root })))
          .filter(({ root }) => isUnderNaive(given, root))
          .sort((a, b) => b.root.split('/').filter(Boolean).length - a.root.split('/').filter(Boolean).length)
        const placement = placePath(given, all, undefined)
        expect(placement.newRoot).toBe(holders.length === 0)
        if (holders[0]) expect(placement).toMatchObject({ collection: holders[0].name, exists: true })
        else expect(placement.exists).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('gives a named collection only what no other holds', () => {
    fc.assert(
      fc.property(path, collections, fc.constantFrom('one', 'two', 'new'), (given, all, named) => {
        const free = placePath(given, all, undefined)
        if (free.newRoot || free.collection === named) {
          const exists = all.some(({ name }) => name === named)
          expect(placePath(given, all, named)).toEqual({ collection: named, exists, newRoot: free.newRoot })
          return
        }
        const error = thrownBy(() => placePath(given, all, named))
        expect(error).toMatchObject({ code: 'ROOT_TAKEN', details: { path: given, collection: free.collection } })
        expect(error.fix).toContain(`--collection ${free.collection}`)
        expect(error.fix).toContain(`collections drop ${free.collection}`)
      }),
    )
  })

  test('names a new collection after its folder, so that the name can be typed again', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.string({ minLength: 85, maxLength: 120, unit: fc.constantFrom('\u{1d4d0}', 'a') }),
    )
    fc.assert(
      fc.property(name, (folder) => {
        const { collection: made } = placePath(`/home/${folder.replaceAll('/', '')}`, [], undefined)
        expect(v.is(CollectionName, made), made).toBe(true)
        const again = placePath(`/home/${folder.replaceAll('/', '')}`, [collection(made)], undefined)
        expect(v.is(CollectionName, again.collection)).toBe(true)
        expect(again.collection).not.toBe(made)
      }),
    )
  })

  test.each([
    ['/home/ada/notes', 'notes'],
    ['/home/ada/My Notes (old)', 'My-Notes-old-'],
    ['/home/ada/.config', 'config'],
    ['/', 'root'],
    ['/home/???', 'root'],
    ['C:/Users/Ada/Notizbücher', 'Notizbücher'],
    ['C:/', 'C-'],
    ['/日本語', '日本語'],
  ])('%s becomes %s', (given, name) => {
    expect(placePath(given, [], undefined)).toEqual({ collection: name, exists: false, newRoot: true })
  })

  test('counts up where the name is taken', () => {
    const taken = [collection('notes', '/x/notes'), collection('notes-2', '/y/notes')]
    expect(placePath('/z/notes', taken, undefined).collection).toBe('notes-3')
  })
})

describe('innerRoots', () => {
  test('are those of other collections strictly below the path', () => {
    fc.assert(
      fc.property(path, collections, fc.constantFrom('one', 'two', 'new'), (given, all, own) => {
        const expected = all
          .filter(({ name }) => name !== own)
          .flatMap(({ roots }) => roots)
          .filter((root) => root !== given && isUnderNaive(root, given))
        expect(innerRoots(given, all, own).sort()).toEqual(expected.sort())
      }),
    )
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
