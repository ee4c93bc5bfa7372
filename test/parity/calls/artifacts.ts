import { expect } from 'vitest'
import type { Entry, Step } from '../entry.ts'

const RETRY = {
  id: 'retry',
  kind: 'code_template',
  title: 'Retry',
  description: 'Try a call again after a growing pause.',
  tags: ['network', 'errors'],
  body: 'for (let i = 0; i < tries; i++) await attempt()',
  payload: { parameters: ['tries'] },
  metadata: { stars: 5 },
}

const PUT: Step = {
  operation: 'artifacts.put',
  input: () => ({ artifacts: [RETRY, { id: 'minutes', kind: 'document', body: 'What was said at the meeting.' }] }),
}

export const put: Entry = {
  changes: 'database',
  good: [
    {
      what: 'two, one of them wrong',
      input: () => ({ artifacts: [RETRY, { id: 'odd', kind: 'haiku', body: 'x' }] }),
      answer: {
        collection: 'artifacts',
        put: 1,
        failed: 1,
        results: [
          { ok: true, id: 'retry', version: 1 },
          { ok: false, id: 'odd', error: { code: 'KIND_UNKNOWN' } },
        ],
      },
    },
    {
      what: 'a new version',
      input: () => ({ artifacts: [{ ...RETRY, tags: ['network'], ifVersion: 1 }] }),
      answer: { put: 1, results: [{ version: 2 }] },
    },
    {
      what: 'upon a version that is not the last',
      input: () => ({ artifacts: [{ ...RETRY, ifVersion: 1 }] }),
      answer: { put: 0, results: [{ ok: false, error: { code: 'REVISION_CONFLICT' } }] },
    },
    {
      what: 'one with nothing to find it by',
      input: () => ({ artifacts: [{ id: 'empty', kind: 'pattern' }] }),
      answer: { put: 0, results: [{ ok: false, error: { code: 'INVALID_INPUT' } }] },
    },
  ],
  bad: [
    { what: 'none', input: () => ({}), code: 'INVALID_INPUT', field: 'artifacts' },
    {
      what: 'no id',
      input: () => ({ artifacts: [{ kind: 'document' }] }),
      code: 'INVALID_INPUT',
      field: 'artifacts.0.id',
    },
    {
      what: 'an unknown field',
      input: () => ({ artifacts: [{ ...RETRY, text: 'x' }] }),
      code: 'INVALID_INPUT',
      field: 'artifacts.0.text',
    },
  ],
}

export const get: Entry = {
  changes: 'database',
  varies: ['createdAt', 'updatedAt'],
  before: [PUT],
  good: [
    {
      what: 'one whole',
      input: () => ({ id: 'retry' }),
      answer: { ...RETRY, collection: 'artifacts', side: 'code', version: 1 },
    },
    {
      what: 'one with a body alone',
      input: () => ({ id: 'minutes' }),
      answer: {
        title: '',
        description: '',
        tags: [],
        body: 'What was said at the meeting.',
        payload: {},
        side: 'text',
      },
    },
  ],
  bad: [
    { what: 'no such artifact', input: () => ({ id: 'none' }), code: 'DOCUMENT_NOT_FOUND', field: null },
    {
      what: 'a document that is none',
      input: () => ({ id: 'x', collection: 'docs' }),
      code: 'DOCUMENT_NOT_FOUND',
      field: null,
    },
    { what: 'no id', input: () => ({}), code: 'INVALID_INPUT', field: 'id' },
  ],
}

export const list: Entry = {
  changes: 'database',
  varies: ['createdAt', 'updatedAt'],
  before: [PUT],
  good: [
    {
      what: 'of a kind',
      input: () => ({ kinds: ['document'] }),
      answer: { artifacts: [{ id: 'minutes' }], cursor: null },
    },
    { what: 'with a tag', input: () => ({ tags: ['network'] }), answer: { artifacts: [{ id: 'retry' }] } },
    {
      what: 'a page',
      input: () => ({ limit: 1 }),
      answer: { artifacts: [{ id: 'retry' }], cursor: expect.any(String) },
    },
  ],
  bad: [
    { what: 'no such collection', input: () => ({ collection: 'none' }), code: 'COLLECTION_NOT_FOUND', field: null },
    { what: 'a wrong cursor', input: () => ({ cursor: 'x' }), code: 'INVALID_INPUT', field: 'cursor' },
  ],
}

export const search: Entry = {
  changes: 'database',
  varies: ['createdAt', 'updatedAt'],
  before: [PUT],
  good: [
    {
      what: 'what it means',
      input: () => ({ query: 'call once more when it fails', limit: 1 }),
      answer: { degraded: null, hits: [{ artifact: { id: 'retry', version: 1 }, model: 'all-MiniLM-L6-v2' }] },
    },
    {
      what: 'of a kind and with a tag',
      input: () => ({ query: 'meeting', kinds: ['code_template', 'code_pattern'], tags: ['errors'] }),
      answer: { hits: [{ artifact: { id: 'retry' } }] },
    },
  ],
  bad: [
    {
      what: 'a kind that there is not',
      input: () => ({ query: 'x', kinds: ['haiku'] }),
      code: 'KIND_UNKNOWN',
      field: 'kind',
    },
    { what: 'an empty query', input: () => ({ query: ' ' }), code: 'INVALID_INPUT', field: 'query' },
    { what: 'no query', input: () => ({}), code: 'INVALID_INPUT', field: 'query' },
  ],
}

export const history: Entry = {
  changes: 'database',
  varies: ['at'],
  before: [PUT, { operation: 'artifacts.put', input: () => ({ artifacts: [{ ...RETRY, body: 'retry()' }] }) }],
  good: [
    {
      what: 'every version',
      input: () => ({ id: 'retry' }),
      answer: {
        versions: [
          { version: 1, change: 'put', artifact: { body: RETRY.body } },
          { version: 2, artifact: { body: 'retry()', tags: RETRY.tags } },
        ],
      },
    },
  ],
  bad: [
    { what: 'no such artifact', input: () => ({ id: 'none' }), code: 'DOCUMENT_NOT_FOUND', field: null },
    { what: 'no id', input: () => ({}), code: 'INVALID_INPUT', field: 'id' },
  ],
}

export const remove: Entry = {
  changes: 'database',
  before: [PUT],
  good: [
    {
      what: 'one, and one that is not there',
      input: () => ({ ids: ['retry', 'none'] }),
      answer: {
        removed: 1,
        failed: 1,
        results: [
          { ok: true, id: 'retry' },
          { ok: false, error: { code: 'DOCUMENT_NOT_FOUND' } },
        ],
      },
    },
  ],
  bad: [
    { what: 'no ids', input: () => ({}), code: 'INVALID_INPUT', field: 'ids' },
    {
      what: 'no such collection',
      input: () => ({ ids: ['a'], collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
  ],
}
