import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Entry } from '../entry.ts'

const CONTENTS = { documents: expect.any(Number), vectors: expect.any(Number) }

export const backup: Entry = {
  changes: 'database',
  varies: ['path', 'bytes', 'createdAt', 'sequence'],
  good: [
    {
      what: 'in its own folder',
      input: () => ({}),
      answer: { kind: 'manual', path: expect.stringMatching(/\.manual\.db$/), contents: CONTENTS },
    },
  ],
  bad: [
    {
      what: 'over a file',
      input: ({ file }) => ({ path: file('server.json') }),
      code: 'BACKUP_EXISTS',
      field: null,
    },
    { what: 'a path that is a number', input: () => ({ path: 7 }), code: 'INVALID_INPUT', field: 'path' },
    { what: 'an unknown field', input: () => ({ force: true }), code: 'INVALID_INPUT', field: 'force' },
  ],
}

export const listBackups: Entry = {
  changes: 'database',
  before: [{ operation: 'backup', input: () => ({}) }],
  varies: ['path', 'bytes', 'createdAt'],
  good: [
    {
      what: 'one that was asked for',
      input: () => ({}),
      answer: { folder: expect.stringMatching(/\.backups$/), backups: [{ kind: 'manual' }] },
    },
  ],
  bad: [
    { what: 'an unknown field', input: () => ({ limit: 3 }), code: 'INVALID_INPUT', field: 'limit' },
    { what: 'a list', input: () => [], code: 'INVALID_INPUT', field: null },
  ],
}

export const verifyBackup: Entry = {
  changes: 'database',
  before: [{ operation: 'backup', input: () => ({}) }],
  varies: ['path', 'sequence'],
  good: [
    {
      what: 'a sound one',
      input: (_, [made]) => ({ path: made.path }),
      answer: { contents: CONTENTS, searches: expect.any(Number) },
    },
  ],
  bad: [
    { what: 'none', input: ({ file }) => ({ path: file('none.db') }), code: 'PATH_NOT_FOUND', field: null },
    { what: 'no database', input: ({ file }) => ({ path: file('server.json') }), code: 'BACKUP_INVALID', field: null },
    { what: 'no path', input: () => ({}), code: 'INVALID_INPUT', field: 'path' },
  ],
}

export const compact: Entry = {
  changes: 'database',
  before: [{ operation: 'delete', input: () => ({ all: true }) }],
  varies: ['bytes', 'liveBytes'],
  good: [{ what: 'after a deletion', input: () => ({}), answer: { after: { bytes: expect.any(Number) } } }],
  bad: [
    { what: 'an unknown field', input: () => ({ force: true }), code: 'INVALID_INPUT', field: 'force' },
    { what: 'a list', input: () => [], code: 'INVALID_INPUT', field: null },
  ],
}

export const exportAll: Entry = {
  changes: 'database',
  varies: ['path', 'bytes'],
  good: [
    {
      what: 'one collection',
      input: () => ({ path: join(tmpdir(), `semdex-parity-${randomUUID()}.jsonl`), collection: 'docs' }),
      answer: { collections: 1, documents: 3, histories: 0 },
    },
  ],
  bad: [
    { what: 'over a file', input: ({ file }) => ({ path: file('server.json') }), code: 'BACKUP_EXISTS', field: null },
    {
      what: 'no such collection',
      input: ({ file }) => ({ path: file('out.jsonl'), collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
    {
      what: 'an unknown field',
      input: ({ file }) => ({ path: file('out.jsonl'), format: 'csv' }),
      code: 'INVALID_INPUT',
      field: 'format',
    },
  ],
}

export const importAll: Entry = {
  changes: 'database',
  good: [
    {
      what: 'an export with a broken line',
      input: ({ file }) => ({ path: file('export.jsonl') }),
      answer: { collections: 1, documents: 0, failed: 1, complete: true, errors: [{ line: 3 }] },
    },
  ],
  bad: [
    { what: 'none', input: ({ file }) => ({ path: file('none.jsonl') }), code: 'PATH_NOT_FOUND', field: null },
    {
      what: 'another file',
      input: ({ file }) => ({ path: file('server.json') }),
      code: 'IMPORT_INVALID',
      field: 'type',
    },
    { what: 'no path', input: () => ({}), code: 'INVALID_INPUT', field: 'path' },
  ],
}
