import { readdirSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { inRepository } from '../support/assets.ts'
import { Scene } from './support/scene.ts'

const scene = new Scene()
afterAll(() => scene.close())

const examples = readdirSync(inRepository('examples')).filter((name) => name.endsWith('.ts'))

test.each(examples)('examples/%s runs and prints something', { timeout: 120_000 }, async (name) => {
  const { status, stdout, stderr } = await scene.node(inRepository(`examples/${name}`))
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.trim()).not.toBe('')
})

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(0)
})
