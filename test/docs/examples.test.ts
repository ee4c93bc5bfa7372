import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inRepository } from '../support/assets.ts'
import { type Serving, startServing } from '../support/serving.ts'
import { Scene } from './support/scene.ts'

const scene = new Scene()
let serving: Serving
beforeAll(async () => {
  serving = await startServing()
}, 120_000)
afterAll(async () => {
  scene.close()
  await serving?.close()
})

const examples = readdirSync(inRepository('examples')).filter((name) => name.endsWith('.ts'))

test.each(examples)('examples/%s runs and prints something', { timeout: 120_000 }, async (name) => {
  const { status, stdout, stderr } = await scene.node(inRepository(`examples/${name}`), ...argumentsOf(name))
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.trim()).not.toBe('')
})

/** Those that ask a server are told where one is. */
function argumentsOf(name: string): string[] {
  return name.includes('server') ? [serving.url] : []
}

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(0)
})
