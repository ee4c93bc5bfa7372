import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OperationName } from '../../src/operations/table.ts'
import { build } from '../support/cli.ts'
import { differences, toJson } from './compare.ts'
import { DRIVERS } from './drivers/all.ts'
import { operationsDriver } from './drivers/operations.ts'
import { answerValidator } from './output-schema.ts'
import { play, Sessions } from './play.ts'
import { buildScene, type Scene } from './scene.ts'
import { ENTRIES } from './table.ts'

const MINUTE = 60_000

/** Sends the calls of some operations through every interface. */
export function describeParity(names: readonly OperationName[]): void {
  const sessions = new Sessions()
  let scene: Scene

  beforeAll(async () => {
    await build()
    scene = await buildScene()
  }, 5 * MINUTE)
  afterAll(async () => {
    await sessions.close()
    scene?.remove()
  }, MINUTE)

  describe.each(names)('%s', (name) => {
    const entry = ENTRIES[name]
    const calls = [...entry.good, ...entry.bad]
    let playing: ReturnType<typeof play> | undefined
    const playTable = () => {
      playing ??= play(name, entry, { driver: operationsDriver, scene, sessions })
      return playing
    }

    test('does what its calls say', { timeout: 5 * MINUTE }, async () => {
      const expected = await playTable()
      const isValid = await answerValidator(name)
      for (const [i, { what, answer }] of entry.good.entries()) {
        const outcome = toJson(expected.outcomes[i]) as { answer: unknown }
        expect(outcome, what).toMatchObject({ answer })
        expect(isValid(outcome.answer), what).toEqual([])
      }
      const errors = entry.bad.map(({ what }, i) => ({ what, ...expected.outcomes[entry.good.length + i] }))
      expect(errors).toEqual(entry.bad.map(({ what, code, field }) => ({ what, error: { code, field } })))
    })

    const offering = DRIVERS.filter(({ leavesOut }) => !(name in leavesOut))
    test.each(offering.map((driver) => [driver.name, driver] as const))(
      '%s',
      { timeout: 10 * MINUTE },
      async (_, driver) => {
        const expected = await playTable()
        const { inputs, outcomes, left, session } = await play(name, entry, { driver, scene, sessions })
        const found = outcomes.flatMap((outcome, i) => {
          const same = expected.outcomes[i]
          if (!outcome || !same) return []
          const shaped =
            'answer' in same
              ? { answer: session.shape ? session.shape(name, same.answer, inputs[i]) : same.answer }
              : same
          return differences(shaped, outcome, entry.varies).map((difference) => `${calls[i]?.what}: ${difference}`)
        })
        expect(found).toEqual([])
        expect(left).toEqual(expected.left)
        expect(outcomes.some((outcome) => outcome && 'answer' in outcome)).toBe(true)
      },
    )
  })
}
