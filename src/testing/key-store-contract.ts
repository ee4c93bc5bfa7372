import assert from 'node:assert/strict'
import type { Storage } from '../core/parts.ts'
import { KEY_TOUCH_INTERVAL, type KeyStore, type NewKey } from '../core/ports/key-store.ts'
import { type Runner, rejectsWith, using } from './runner.ts'

/** What `KeyStore` promises, asserted of an empty storage that `create` opens for each test. */
export function keyStoreContract(name: string, create: () => Promise<Storage>, runner: Runner): void {
  runner.describe(`KeyStore: ${name}`, () => {
    const check = (title: string, body: (keys: KeyStore) => Promise<void>) =>
      runner.test(title, () => using(create, ({ keys }) => body(keys)))

    check('a key comes back as it was made', async (keys) => {
      const given = sampleKey('a1', { name: 'CI \ud800 \0', access: 'write', expiresAt: 9_000.5 })
      const made = await keys.createKey(given)
      assert.deepEqual(made, { ...given, lastUsedAt: null, revokedAt: null })
      assert.deepEqual(await keys.key('a1'), made)
      assert.equal(await keys.key('A1'), null)
    })

    check('keys come by the time they were made', async (keys) => {
      for (const [id, createdAt] of [
        ['c', 3],
        ['a', 5],
        ['b', 3],
      ] as const) {
        await keys.createKey(sampleKey(id, { createdAt }))
      }
      assert.deepEqual(
        (await keys.keys()).map(({ id }) => id),
        ['b', 'c', 'a'],
      )
    })

    check('an id is taken once, by a revoked key too', async (keys) => {
      await keys.createKey(sampleKey('a'))
      await keys.revokeKey('a', 7)
      await rejectsWith('INVALID_INPUT', keys.createKey(sampleKey('a', { name: 'other' })))
      assert.equal((await keys.key('a'))?.name, 'key a')
    })

    check('a key is revoked once, and stays in the list', async (keys) => {
      await keys.createKey(sampleKey('a'))
      assert.equal((await keys.revokeKey('a', 7))?.revokedAt, 7)
      assert.equal((await keys.revokeKey('a', 8))?.revokedAt, 7)
      assert.equal(await keys.revokeKey('b', 8), null)
      assert.deepEqual(
        (await keys.keys()).map(({ id, revokedAt }) => [id, revokedAt]),
        [['a', 7]],
      )
    })

    check('the last use is written at most once a minute', async (keys) => {
      await keys.createKey(sampleKey('a'))
      const lastUse = async () => (await keys.key('a'))?.lastUsedAt
      const uses = [
        [1_000, 1_000],
        [1_001, 1_000],
        [999 + KEY_TOUCH_INTERVAL, 1_000],
        [1_000 + KEY_TOUCH_INTERVAL, 1_000 + KEY_TOUCH_INTERVAL],
        [500, 1_000 + KEY_TOUCH_INTERVAL],
      ] as const
      for (const [at, expected] of uses) {
        await keys.touchKey('a', at)
        assert.equal(await lastUse(), expected)
      }
      await keys.touchKey('none', 1)
    })

    runner.test('a store that was closed says so', async () => {
      const storage = await create()
      await storage.close()
      await rejectsWith('STORE_CLOSED', storage.keys.keys())
      await rejectsWith('STORE_CLOSED', storage.keys.createKey(sampleKey('a')))
    })
  })
}

function sampleKey(id: string, change: Partial<NewKey> = {}): NewKey {
  return {
    ...{ id, name: `key ${id}`, access: 'read', digest: 'ab'.repeat(32), createdAt: 1_000, expiresAt: null },
    ...change,
  } as NewKey
}
