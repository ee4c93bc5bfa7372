import { afterEach, expect, test } from 'vitest'
import type { Parts } from '../../../src/core/parts.ts'
import { warmUp } from '../../../src/interfaces/wire/warm-up.ts'
import { asset, describeWithAssets } from '../../support/assets.ts'
import { openServed, type Served } from '../../support/served.ts'

let served: Served
afterEach(() => served.close())

test('the model of a collection has answered before anybody asks', async () => {
  served = openServed()
  await served.request('POST', '/api/operations/add', { documents: [{ id: 'a', text: 'Knead the dough.' }] })
  await served.parts.close()
  const again = openServed({ database: served.parts.configuration.database })
  await warmUp(again.parts)
  const [metrics] = again.parts.models.metrics()
  expect(metrics).toMatchObject({ model: 'all-MiniLM-L6-v2', calls: 1, failed: 0 })
  await again.close()
}, 60_000)

describeWithAssets('where a collection has a model for code', ['fixtures/tiny-qodo-last'], () => {
  test('that one has answered, too', async () => {
    served = openServed()
    const collection = { name: 'two', codeModel: asset('fixtures/tiny-qodo-last') }
    await served.request('POST', '/api/operations/collections.create', collection)
    await warmUp(served.parts)
    expect(served.parts.models.metrics().map(({ model, calls }) => [model, calls])).toEqual([
      ['all-MiniLM-L6-v2', 1],
      [expect.stringContaining('tiny-qodo-last'), 1],
    ])
  }, 60_000)
})

test('without embeddings no model is loaded', async () => {
  served = openServed({ embeddings: false })
  await warmUp(served.parts)
  expect(served.parts.models.metrics()).toEqual([])
}, 60_000)

test('a remote model is not asked: it has nothing to load, and may cost money', async () => {
  served = openServed()
  const { models } = served.parts
  const asked: unknown[] = []
  const remote: Parts = {
    ...served.parts,
    models: {
      ...models,
      async resolve(name) {
        const resolved = await models.resolve(name)
        return { ...resolved, spec: { ...resolved.spec, runtime: 'remote' } }
      },
      embedder(name) {
        asked.push(name)
        return models.embedder(name)
      },
    },
  }
  await served.request('POST', '/api/operations/collections.create', { name: 'far' })
  await warmUp(remote)
  expect(asked).toEqual([])
}, 60_000)
