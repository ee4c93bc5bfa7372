import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATION_NAMES } from '../../src/interfaces/wire/operations.ts'
import type { OperationName } from '../../src/operations/table.ts'
import { differences } from './compare.ts'
import { DRIVERS } from './drivers/all.ts'
import {
  cannotSayWithVerb,
  flagsOf,
  kebab,
  operationsOfVerbs,
  SPELLINGS,
  WITHOUT_FLAG,
} from './drivers/cli-arguments.ts'
import type { Driver } from './drivers/driver.ts'
import { httpDriver } from './drivers/http.ts'
import { operationsDriver } from './drivers/operations.ts'
import { play, Sessions } from './play.ts'
import { buildScene, type Scene } from './scene.ts'
import { ENTRIES } from './table.ts'

const sessions = new Sessions()
let scene: Scene
beforeAll(async () => {
  scene = await buildScene()
}, 300_000)
afterAll(async () => {
  await sessions.close()
  scene?.remove()
}, 60_000)

test('every operation has its calls: good ones, and two bad ones at least', () => {
  expect(Object.keys(ENTRIES).sort()).toEqual([...OPERATION_NAMES].sort())
  for (const name of OPERATION_NAMES) {
    const { good, bad } = ENTRIES[name]
    expect({ name, good: good.length > 0, bad: bad.length > 1 }).toEqual({ name, good: true, bad: true })
  }
})

describe.each(DRIVERS.map((driver) => [driver.name, driver] as const))('%s', (_, driver) => {
  test('offers all but what it leaves out on purpose', { timeout: 120_000 }, async () => {
    const session = await sessions.of(driver, scene.shared)
    const offered = new Set(await session.offers())
    expect(OPERATION_NAMES.filter((name) => !offered.has(name)).sort()).toEqual(Object.keys(driver.leavesOut).sort())
  })

  test('can say most calls of what it offers, and a bad one of each', () => {
    const offered = OPERATION_NAMES.filter((name) => !(name in driver.leavesOut))
    const sayable = (name: OperationName) =>
      ENTRIES[name].bad.filter(({ input }) => driver.cannotSay(name, input(scene, NOTHING_YET)) === null)
    expect(offered.filter((name) => sayable(name).length === 0)).toEqual([])
  })
})

/** Where a call looks at what was answered before it. */
const NOTHING_YET = Array.from({ length: 10 }, () => ({ id: 'none', path: '/none' }))

test('an operation that has a verb is called through it: good calls, and a bad one', () => {
  const names = Object.keys(SPELLINGS) as OperationName[]
  expect(names.sort()).toEqual(operationsOfVerbs().sort())
  const said = (name: OperationName, kind: 'good' | 'bad') =>
    ENTRIES[name][kind].some(({ input }) => cannotSayWithVerb(name, input(scene, NOTHING_YET)) === null)
  expect(names.filter((name) => !said(name, 'good'))).toEqual([])
  expect(names.filter((name) => !said(name, 'bad'))).toEqual([])
})

test('flags that are said to be missing on the command line are missing', () => {
  for (const [name, fields] of Object.entries(WITHOUT_FLAG)) {
    const { verb } = SPELLINGS[name as OperationName] as { verb: string }
    const flags = flagsOf(verb).map((flag) => flag.name)
    for (const field of Object.keys(fields)) expect(flags).not.toContain(kebab(field))
  }
})

describe('the suite sees an interface that', () => {
  const wrong = (name: string, change: (input: object) => object): Driver => ({
    ...httpDriver,
    name,
    async open(state) {
      const session = await httpDriver.open(state)
      return { ...session, call: (operation, input) => session.call(operation, change(input as object)) }
    },
  })
  const known = ['query', 'limit', 'mode', 'collection', 'filter', 'paths', 'minSimilarity', 'explain']

  test.each([
    ['drops what it does not know', (input: object) => pick(input, known), 'an unknown field: error: undefined is not'],
    [
      'takes texts for numbers',
      (input: object) => ('limit' in input ? { ...input, limit: Number.parseInt(`${input.limit}`, 10) || 3 } : input),
      'a limit that is text: error: undefined is not',
    ],
    [
      'loses a filter',
      (input: object) => ({ ...input, filter: undefined }),
      'of documents whose metadata pass: answer.hits',
    ],
  ])('%s', { timeout: 120_000 }, async (name, change, difference) => {
    const at = { scene, sessions }
    const expected = await play('search', ENTRIES.search, { driver: operationsDriver, ...at })
    const { outcomes } = await play('search', ENTRIES.search, { driver: wrong(name, change), ...at })
    const calls = [...ENTRIES.search.good, ...ENTRIES.search.bad]
    const found = outcomes.flatMap((outcome, i) =>
      differences(expected.outcomes[i] as never, outcome as never, ['timings']).map(
        (each) => `${calls[i]?.what}: ${each}`,
      ),
    )
    expect(found.join('\n')).toContain(difference)
  })
})

describe('two outcomes are the same', () => {
  const answer = (value: unknown) => ({ answer: value })
  test.each([
    ['but for the last digits', answer({ score: 0.5 }), answer({ score: 0.500001 }), []],
    ['with vectors as lists', answer(Float32Array.of(1, 2)), answer([1, 2]), []],
    ['whatever may vary', answer({ timings: { load: 1 } }), answer({ timings: { load: 2 } }), []],
    ['whatever may be missing yet', answer({ timings: null }), answer({ timings: { load: 2 } }), []],
    ['not with another number', answer({ score: 0.5 }), answer({ score: 0.6 }), ['answer.score: 0.6 is not 0.5']],
    ['not with a key more', answer({}), answer({ extra: null }), ['answer.extra: null is not undefined']],
    ['not with null for nothing', answer({ a: null }), answer({}), ['answer.a: undefined is not null']],
    [
      'not where another type varies',
      answer({ timings: 1 }),
      answer({ timings: '1' }),
      ['answer.timings: "1" is not 1'],
    ],
    ['not with an item less', answer([1, 2]), answer([1]), ['answer: 1 items, not 2']],
  ])('%s', (_, expected, actual, found) => {
    expect(differences(expected, actual, ['timings'])).toEqual(found)
  })
})

function pick(input: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(input).filter(([key]) => keys.includes(key)))
}
