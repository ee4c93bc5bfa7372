import { afterEach, beforeEach, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import { LONGEST_BACK_OFF } from '../../../src/maintenance/backfill/back-off.ts'
import { backgroundOf } from '../../../src/operations/backfill/background.ts'
import { writeStaticModel } from '../../support/static-model.ts'
import { openWorkplace, type Workplace } from './support.ts'

let work: Workplace
beforeEach(async () => {
  work = openWorkplace()
  const model = writeStaticModel(work.path('model'), { dimensions: 24, seed: 3 })
  await work.reopen({ model, embeddings: false })
  await work.run('add', { documents: [{ id: 'a', text: 'bread' }], collection: 'notes', model, wait: false })
  await work.reopen({ model, backfill: 'off' })
})
afterEach(() => work.close())

/** Has a try of what waits fail, so that the next is put off until then, and wakes the background. */
async function putOff(nextAt: number): Promise<void> {
  const storage = await work.parts.storage()
  const [count] = await storage.waiting.countWaiting({ at: 0 })
  const chunks = await storage.waiting.waitingChunks('notes', count?.fingerprint ?? '', { limit: 9, at: 0 })
  const error = new SemdexError('EMBEDDING_FAILED', { message: 'It failed.' })
  const attempts = chunks.map(({ key }) => ({ key, nextAt, error }))
  await storage.waiting.putAttempts('notes', count?.fingerprint ?? '', attempts)
  expect((await storage.waiting.countWaiting({ at: Date.now() }))[0]).toMatchObject({ waiting: 1, due: 0, retrying: 1 })
  backgroundOf(work.parts, storage).wake()
}

async function waitingNow(): Promise<number> {
  const { waiting } = await work.parts.storage()
  return (await waiting.countWaiting({ at: 0 })).reduce((sum, each) => sum + each.waiting, 0)
}

test('what a clock that was ahead has put off is embedded now', { timeout: 30_000 }, async () => {
  await putOff(Date.now() + LONGEST_BACK_OFF + 86_400_000)
  await expect.poll(waitingNow, { timeout: 20_000 }).toBe(0)
})

test('what is put off by the clock of now waits its time', { timeout: 30_000 }, async () => {
  await putOff(Date.now() + LONGEST_BACK_OFF - 60_000)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(await waitingNow()).toBe(1)
})
