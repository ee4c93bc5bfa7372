import type { Entry, Paths } from '../entry.ts'

const toLetters = (more: object = {}) => ({
  operation: 'migrate' as const,
  input: ({ file }: Paths) => ({ to: file('letters'), collection: 'docs', queries: 0, ...more }),
})

export const migrate: Entry = {
  changes: 'database',
  varies: ['startedAt', 'switchedAt'],
  good: [
    {
      what: 'one collection, compared by its own documents',
      input: ({ file }) => ({ to: file('letters'), collection: 'docs', queries: 2 }),
      answer: {
        migrations: [
          {
            ok: true,
            collection: 'docs',
            serving: 'new',
            state: 'switched',
            from: { model: 'all-MiniLM-L6-v2', dimensions: 384 },
            to: { dimensions: 12 },
            comparison: { source: 'sampled', queries: 2 },
          },
        ],
      },
    },
    {
      what: 'the same again: there is nothing left to do',
      input: ({ file }) => ({ to: file('letters'), collection: 'docs' }),
      answer: { migrations: [{ ok: true, filled: 0, serving: 'new' }] },
    },
    {
      what: 'all the others',
      input: ({ file }) => ({ to: file('letters'), queries: 0 }),
      answer: {
        migrations: [
          { ok: true, collection: 'default', comparison: null },
          { ok: true, collection: 'other' },
          { ok: true, collection: 'waiting' },
        ],
      },
    },
  ],
  bad: [
    { what: 'no model', input: () => ({}), code: 'INVALID_INPUT', field: 'to' },
    { what: 'no such model', input: () => ({ to: 'none' }), code: 'MODEL_UNKNOWN', field: null },
    {
      what: 'no such collection',
      input: ({ file }) => ({ to: file('letters'), collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
    {
      what: 'another target while one is there',
      input: () => ({ to: 'all-MiniLM-L6-v2', collection: 'docs' }),
      code: 'MIGRATION_EXISTS',
      field: null,
    },
    {
      what: 'no such side',
      input: ({ file }) => ({ to: file('letters'), side: 'both' }),
      code: 'INVALID_INPUT',
      field: 'side',
    },
    {
      what: 'nDCG without judged queries',
      input: ({ file }) => ({ to: file('letters'), minNdcgRatio: 0.9 }),
      code: 'INVALID_INPUT',
      field: 'minNdcgRatio',
    },
  ],
}

export const plan: Entry = {
  changes: 'nothing',
  varies: ['seconds', 'textsPerSecond', 'freeBytes'],
  good: [
    {
      what: 'one collection',
      input: ({ file }) => ({ to: file('letters'), collection: 'docs' }),
      answer: { plans: [{ collection: 'docs', side: 'text', documents: 3, to: { dimensions: 12 } }] },
    },
  ],
  bad: [
    {
      what: 'the model that it has',
      input: () => ({ to: 'all-MiniLM-L6-v2', collection: 'docs' }),
      code: 'INVALID_INPUT',
      field: 'to',
    },
    { what: 'no such model', input: () => ({ to: 'none' }), code: 'MODEL_UNKNOWN', field: null },
    { what: 'a model that is a number', input: () => ({ to: 7 }), code: 'INVALID_INPUT', field: 'to' },
  ],
}

export const status: Entry = {
  changes: 'database',
  varies: ['startedAt', 'switchedAt'],
  before: [toLetters()],
  good: [
    {
      what: 'all of them',
      input: () => ({}),
      answer: { running: false, migrations: [{ collection: 'docs', state: 'switched', comparison: null }] },
    },
    { what: 'those of another collection', input: () => ({ collection: 'other' }), answer: { migrations: [] } },
  ],
  bad: [
    { what: 'a name that is a number', input: () => ({ collection: 7 }), code: 'INVALID_INPUT', field: 'collection' },
    { what: 'an unknown field', input: () => ({ mode: 'text' }), code: 'INVALID_INPUT', field: 'mode' },
  ],
}

export const rollBack: Entry = {
  changes: 'database',
  varies: ['startedAt', 'switchedAt'],
  before: [toLetters()],
  good: [
    {
      what: 'the only one',
      input: () => ({}),
      answer: { collection: 'docs', serving: 'old', state: 'rolled-back', filled: 0 },
    },
  ],
  bad: [
    {
      what: 'a collection without one',
      input: () => ({ collection: 'other' }),
      code: 'MIGRATION_NOT_FOUND',
      field: null,
    },
    { what: 'an unknown field', input: () => ({ force: true }), code: 'INVALID_INPUT', field: 'force' },
  ],
}

export const remove: Entry = {
  changes: 'database',
  before: [toLetters()],
  good: [
    {
      what: 'the old index',
      input: () => ({ collection: 'docs', index: 'old' }),
      answer: { collection: 'docs', side: 'text', removed: 'all-MiniLM-L6-v2' },
    },
  ],
  bad: [
    {
      what: 'one that has ended',
      input: () => ({ collection: 'docs', index: 'old' }),
      code: 'MIGRATION_NOT_FOUND',
      field: null,
    },
    { what: 'no such index', input: () => ({ index: 'both' }), code: 'INVALID_INPUT', field: 'index' },
  ],
}
