import { timingSafeEqual } from 'node:crypto'
import { keyDigest, parseKey } from '../../core/access-key.ts'
import type { Parts } from '../../core/parts.ts'
import { KEY_TOUCH_INTERVAL, type KeyRecord } from '../../core/ports/key-store.ts'

/** The keys of the database, held in memory so that a request costs no query. */
export interface KeyRing {
  /** Whether a key was ever made, revoked and expired ones included: from then on every request needs one. */
  isNeeded(): Promise<boolean>
  /** The live key that somebody presents; null for any other text. */
  find(presented: string): Promise<KeyRecord | null>
}

/** How long a key that was revoked by another process may still be taken, in milliseconds. */
const MAX_AGE = 1_000

export function openKeyRing(parts: Parts): KeyRing {
  let keys = new Map<string, KeyRecord>()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | null = null
  const touchedAt = new Map<string, number>()

  async function read(): Promise<void> {
    const began = performance.now()
    const storage = await parts.storage()
    keys = new Map((await storage.keys.keys()).map((key) => [key.id, key]))
    readAt = began
  }

  const refresh = () => {
    reading ??= read().finally(() => {
      reading = null
    })
    return reading
  }

  /** By a reading that began after this was asked. */
  async function readAnew(): Promise<void> {
    await reading?.catch(() => undefined)
    await refresh()
  }

  const isFresh = () => performance.now() - readAt <= MAX_AGE

  async function touch({ id }: KeyRecord): Promise<void> {
    const now = Date.now()
    if (now - (touchedAt.get(id) ?? 0) < KEY_TOUCH_INTERVAL) return
    touchedAt.set(id, now)
    const storage = await parts.storage()
    await storage.keys.touchKey(id, now)
  }

  return {
    async isNeeded() {
      if (!isFresh()) await refresh()
      return keys.size > 0
    },
    async find(presented) {
      const parsed = parseKey(presented)
      if (!parsed) return null
      if (!isFresh()) await refresh()
      // One that is not known may have been made just now.
      if (!keys.has(parsed.id)) await readAnew()
      const key = keys.get(parsed.id)
      if (!key || !isLive(key) || !isSecretOf(key, parsed.secret)) return null
      // When it was used last is worth no request: a database that is read-only or busy misses it.
      touch(key).catch(() => undefined)
      return key
    },
  }
}

export function isLive({ revokedAt, expiresAt }: KeyRecord): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > Date.now())
}

function isSecretOf({ digest }: KeyRecord, secret: string): boolean {
  return timingSafeEqual(Buffer.from(keyDigest(secret), 'hex'), Buffer.from(digest, 'hex'))
}
