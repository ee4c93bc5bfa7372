import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBackup } from '../../src/maintenance/backup/create.ts'
import { restoreBackup } from '../../src/maintenance/backup/restore.ts'
import { verifyBackup } from '../../src/maintenance/backup/verify.ts'
import { compact } from '../../src/maintenance/compact.ts'
import { BINARY, build } from '../support/cli.ts'
import { documentsFrom, fill, openTestParts, type TestParts } from '../support/upkeep-parts.ts'

let place: TestParts
let whole: string
beforeAll(async () => {
  await build()
  place = openTestParts()
  await fill(place.parts, 4_000)
  whole = (await createBackup(place.parts, { path: `${place.folder}/whole.db` })).path
  const { records } = await place.parts.storage()
  for (let n = 0; n < 2_000; n += 500) {
    await records.deleteDocuments(
      'own',
      documentsFrom(n, 500).map(({ id }) => id),
    )
  }
  await place.reopen()
}, 180_000)
afterAll(() => place.remove())

/** Runs the binary and kills it after some milliseconds; whether it had ended by then. */
async function killed(args: string[], after: number): Promise<boolean> {
  const env = { SEMDEX_DB: place.database, SEMDEX_EMBEDDINGS: 'off', HOME: place.folder, PATH: '' }
  const child = spawn(process.execPath, [BINARY, ...args, '--no-daemon'], { env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  await Promise.race([ended, pause(after)])
  const done = child.exitCode !== null
  child.kill('SIGKILL')
  await ended
  return done
}

/** Moments from the start of the process to after the end of its work. */
const MOMENTS = [150, 250, 350, 450, 550, 700, 900, 1_200]

async function holds(): Promise<number> {
  const { upkeep } = await place.parts.storage()
  expect(await upkeep?.check()).toEqual([])
  const contents = await upkeep?.contents()
  expect(contents).toMatchObject({ chunks: (contents?.documents ?? 0) * 2, vectors: (contents?.documents ?? 0) * 2 })
  await place.reopen()
  return contents?.documents ?? -1
}

test('a backup that is killed at any moment is whole, or not there', { timeout: 120_000 }, async () => {
  for (const moment of MOMENTS) {
    const path = `${place.folder}/copies/${moment}.db`
    const done = await killed(['backup', path], moment)
    if (existsSync(path)) expect((await verifyBackup(place.parts, path)).contents.documents).toBe(2_000)
    else expect(done).toBe(false)
  }
  expect(await holds()).toBe(2_000)
})

test('compact that is killed at any moment loses nothing', { timeout: 120_000 }, async () => {
  for (const moment of MOMENTS) {
    await killed(['compact'], moment)
    expect(await holds()).toBe(2_000)
  }
})

test('restore that is killed at any moment leaves the one database or the other', { timeout: 180_000 }, async () => {
  const small = (await createBackup(place.parts, { path: `${place.folder}/small.db` })).path
  await place.reopen()
  const found = new Set<number>()
  for (const [i, moment] of [...MOMENTS, ...MOMENTS.map((each) => each + 50)].entries()) {
    await killed(['backup', 'restore', i % 2 === 0 ? whole : small, '--force'], moment)
    const documents = await holds()
    expect([2_000, 4_000]).toContain(documents)
    found.add(documents)
  }
  await restoreBackup(place.parts, whole, { force: true })
  expect(await holds()).toBe(4_000)
  await compact(place.parts)
  expect(readdirSync(`${place.folder}/data`).filter((name) => name.includes('.restoring-'))).toEqual([])
  expect(found.size).toBeGreaterThan(0)
})
