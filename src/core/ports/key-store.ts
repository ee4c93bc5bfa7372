/**
 * The keys that a server accepts. What is stored cannot be used to sign in: a key's secret is 256 random bits, of which
 * the sha256 is kept. So much chance cannot be guessed, and a plain digest is enough; slow password hashing is for secrets
 * that people choose.
 *
 * - What a call has acknowledged is durable, and is seen by every later call of every process on the database.
 * - Keys are never removed: a revoked one keeps its name for the logs. An id is never used again.
 * - `touchKey` writes at most once a minute and key: what is nearer to the stored time is left out.
 * - Safe for concurrent callers and for several processes on one database.
 * @throws {SemdexError} `INVALID_INPUT` for an id that is taken; `DATABASE_BUSY`, `DATABASE_READ_ONLY`, `DISK_FULL`,
 * `STORE_CLOSED`
 */
export interface KeyStore {
  createKey(key: NewKey): Promise<KeyRecord>
  key(id: string): Promise<KeyRecord | null>
  /** By the time they were made, ascending; the revoked and the expired too. */
  keys(): Promise<KeyRecord[]>
  /** The key as it is now; null where there is none. One that was revoked before keeps its first time. */
  revokeKey(id: string, at: number): Promise<KeyRecord | null>
  /** Notes that the key was used. Unknown ids are let pass. */
  touchKey(id: string, at: number): Promise<void>
}

export interface NewKey {
  /** The public part, which names the key in lists and logs. */
  id: string
  /** What people call it. */
  name: string
  access: KeyAccess
  /** sha256 of the secret, in hex. */
  digest: string
  /** Milliseconds since 1970. */
  createdAt: number
  /** Null: never. */
  expiresAt: number | null
}

/** `admin` includes `write`, which includes `read`. */
export type KeyAccess = 'read' | 'write' | 'admin'

export interface KeyRecord extends NewKey {
  /** To the minute; null before the first use. */
  lastUsedAt: number | null
  revokedAt: number | null
}

/** How far apart two writes of one key's last use are at least, in milliseconds. */
export const KEY_TOUCH_INTERVAL = 60_000
