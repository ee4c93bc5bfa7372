import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SqlitePool } from '../../../src/sqlite/procedures.ts'
import { openThreads } from '../../../src/sqlite/threads.ts'
import type { Gate } from '../../support/waiting-thread.ts'

const MODULE = new URL('../../support/waiting-thread.ts', import.meta.url)

let folder: string
let pool: SqlitePool
let gate: Gate
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-threads-'))
  gate = new Int32Array(new SharedArrayBuffer(8))
  pool = await openThreads(MODULE, { file: join(folder, 'a.db'), mode: 'threads', readers: 1 })
})
afterEach(async () => {
  open()
  await pool.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(): void {
  Atomics.store(gate, 1, 1)
  Atomics.notify(gate, 1)
}

const areWaiting = (count: number) => expect.poll(() => Atomics.load(gate, 0), { timeout: 20_000 }).toBe(count)

/** The writer, which reads while nothing else is asked for, and the reader. */
async function occupyBoth(): Promise<Promise<unknown>[]> {
  const jobs = [pool.scan('wait', gate), pool.scan('wait', gate)]
  await areWaiting(2)
  return jobs
}

test('short reads go before scans that wait', async () => {
  const before = await occupyBoth()
  const order: string[] = []
  const ask = (kind: 'scan' | 'read', name: string) => pool[kind]('answer', null).then(() => order.push(name))
  const asked = [ask('scan', 'scan 1'), ask('scan', 'scan 2'), ask('read', 'read 1'), ask('read', 'read 2')]
  open()
  await Promise.all([...before, ...asked])
  expect(order).toEqual(['read 1', 'read 2', 'scan 1', 'scan 2'])
})

test('a scan has its turn among however many short reads', async () => {
  const before = await occupyBoth()
  let answered = 0
  const reads = Array.from({ length: 100 }, () => pool.read('answer', null).then(() => answered++))
  const scan = pool.scan('answer', null).then(() => answered)
  open()
  expect(await scan).toBeLessThan(20)
  await Promise.all([...before, ...reads])
})
