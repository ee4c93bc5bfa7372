import { expect } from 'vitest'
import type { Entry, Step } from '../entry.ts'

/** From the first key on, a server asks for one. */
const createAdmin: Step = {
  operation: 'keys.create',
  input: () => ({ name: 'owner', scope: 'admin' }),
  takesKey: true,
}
const VARIES = ['id', 'key', 'createdAt', 'lastUsedAt', 'expiresAt', 'revokedAt']

export const list: Entry = {
  changes: 'database',
  before: [createAdmin],
  varies: ['id', 'createdAt', 'lastUsedAt'],
  good: [
    {
      what: 'all, without their secrets',
      input: () => ({}),
      answer: { keys: [{ name: 'owner', scope: 'admin', state: 'live' }] },
    },
  ],
  bad: [
    { what: 'an unknown field', input: () => ({ scope: 'read' }), code: 'INVALID_INPUT', field: 'scope' },
    { what: 'a list', input: () => [], code: 'INVALID_INPUT', field: null },
  ],
}

export const create: Entry = {
  changes: 'database',
  before: [createAdmin],
  varies: VARIES,
  good: [
    {
      what: 'one that only reads',
      input: () => ({ name: 'reader', scope: 'read' }),
      answer: { name: 'reader', scope: 'read', expiresAt: null, key: expect.stringMatching(/^semdex_\w+_[\w-]{43}$/) },
    },
    {
      what: 'one that expires',
      input: () => ({ name: ' for a week ', scope: 'write', days: 7 }),
      answer: { name: 'for a week', expiresAt: expect.any(Number) },
    },
  ],
  bad: [
    { what: 'no name', input: () => ({ scope: 'read' }), code: 'INVALID_INPUT', field: 'name' },
    { what: 'an unknown scope', input: () => ({ name: 'a', scope: 'root' }), code: 'INVALID_INPUT', field: 'scope' },
    {
      what: 'no day at all',
      input: () => ({ name: 'a', scope: 'read', days: 0 }),
      code: 'INVALID_INPUT',
      field: 'days',
    },
    {
      what: 'an unknown field',
      input: () => ({ name: 'a', scope: 'read', secret: 'x' }),
      code: 'INVALID_INPUT',
      field: 'secret',
    },
  ],
}

export const revoke: Entry = {
  changes: 'database',
  before: [createAdmin, { operation: 'keys.create', input: () => ({ name: 'lost', scope: 'read' }) }],
  varies: VARIES,
  good: [
    {
      what: 'one that was lost',
      input: (_, [, lost]) => ({ id: lost.id }),
      answer: { name: 'lost', state: 'revoked', revokedAt: expect.any(Number) },
    },
  ],
  bad: [
    { what: 'no such key', input: () => ({ id: 'none' }), code: 'KEY_NOT_FOUND', field: null },
    { what: 'no id', input: () => ({}), code: 'INVALID_INPUT', field: 'id' },
    { what: 'an unknown field', input: () => ({ id: 'none', name: 'a' }), code: 'INVALID_INPUT', field: 'name' },
  ],
}
