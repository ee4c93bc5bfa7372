import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Connection, openConnection } from '../../../src/sqlite/connection.ts'
import { consistently, immediately } from '../../../src/sqlite/transactions.ts'
import { whileUnchanged } from '../../../src/sqlite/unchanged.ts'

let folder: string
let here: Connection
let there: Connection
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-unchanged-'))
  const file = join(folder, 'a.db')
  here = openConnection({ file })
  here.db.pragma('journal_mode = wal')
  here.db.exec('create table numbers (n integer)')
  there = openConnection({ file })
})
afterEach(() => {
  here.close()
  there.close()
  rmSync(folder, { recursive: true, force: true })
})

let computed = 0
const count = () =>
  consistently(here, () =>
    whileUnchanged(here, 'count', () => {
      computed++
      return here.sql<number>('select count(*) from numbers').pluck().get()
    }),
  )
const add = (connection: Connection) =>
  immediately(connection, () => connection.db.exec('insert into numbers values (1)'))

test('is computed once until anything is written, here or by another connection', () => {
  computed = 0
  expect([count(), count(), computed]).toEqual([0, 0, 1])
  add(here)
  expect([count(), count(), computed]).toEqual([1, 1, 2])
  add(there)
  expect([count(), count(), computed]).toEqual([2, 2, 3])
})

test('what is undone leaves nothing behind', () => {
  add(here)
  expect(count()).toBe(1)
  expect(() =>
    immediately(here, () => {
      here.db.exec('delete from numbers')
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(count()).toBe(1)
})
