import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { formatKey, keyDigest } from '../core/access-key.ts'
import { SemdexError } from '../core/errors.ts'
import type { KeyRecord } from '../core/ports/key-store.ts'
import { operation } from './operation.ts'

const Scope = v.picklist(['read', 'write', 'admin'])
const Time = v.nullable(v.number())

/** Times are milliseconds since 1970. */
const KeyOutput = {
  id: v.string(),
  name: v.string(),
  scope: Scope,
  createdAt: v.number(),
  /** Null: never. */
  expiresAt: Time,
  /** To the minute; null before the first use. */
  lastUsedAt: Time,
  revokedAt: Time,
  state: v.picklist(['live', 'expired', 'revoked']),
}

export const createKey = operation({
  name: 'keys.create',
  summary: 'Make a key for the server. Its secret is shown once, and not stored.',
  access: 'admin',
  agents: false,
  input: v.strictObject({
    name: v.pipe(
      v.string(),
      v.trim(),
      v.minLength(1, 'A name is not empty'),
      v.maxLength(100),
      v.description('What people call the key'),
    ),
    scope: v.pipe(Scope, v.description('The most that the key may do; admin includes write, which includes read')),
    days: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(36_500), v.description('Days after which it expires')),
    ),
  }),
  output: v.object({ ...KeyOutput, key: v.string() }),
  async run(parts, { name, scope, days }) {
    const { keys } = await parts.storage()
    const id = randomBytes(6).toString('hex')
    const secret = randomBytes(32).toString('base64url')
    const createdAt = Date.now()
    const made = await keys.createKey({
      id,
      name,
      access: scope,
      digest: keyDigest(secret),
      createdAt,
      expiresAt: days === undefined ? null : createdAt + days * DAY,
    })
    return { ...describe(made), key: formatKey({ id, secret }) }
  },
})

export const listKeys = operation({
  name: 'keys',
  summary: 'List the keys of the server, without their secrets.',
  access: 'admin',
  agents: false,
  input: v.strictObject({}),
  output: v.object({ keys: v.array(v.object(KeyOutput)) }),
  async run(parts) {
    const { keys } = await parts.storage()
    return { keys: (await keys.keys()).map(describe) }
  },
})

export const revokeKey = operation({
  name: 'keys.revoke',
  summary: 'Refuse a key from now on. It stays in the list.',
  access: 'admin',
  agents: false,
  input: v.strictObject({ id: v.pipe(v.string(), v.minLength(1, 'An id is not empty'), v.maxLength(100)) }),
  output: v.object(KeyOutput),
  async run(parts, { id }) {
    const { keys } = await parts.storage()
    const revoked = await keys.revokeKey(id, Date.now())
    if (revoked) return describe(revoked)
    throw new SemdexError('KEY_NOT_FOUND', {
      message: `There is no key ${id}.`,
      fix: 'semdex keys lists them',
      details: { id },
    })
  },
})

const DAY = 86_400_000

function describe({ id, name, access, createdAt, expiresAt, lastUsedAt, revokedAt }: KeyRecord) {
  const isExpired = expiresAt !== null && expiresAt <= Date.now()
  const state = revokedAt !== null ? ('revoked' as const) : isExpired ? ('expired' as const) : ('live' as const)
  return { id, name, scope: access, createdAt, expiresAt, lastUsedAt, revokedAt, state }
}
