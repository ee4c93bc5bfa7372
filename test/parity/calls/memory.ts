import { expect } from 'vitest'
import type { Entry, Step } from '../entry.ts'

const DAY = 86_400_000
/** The clock is of no matter: what is that old is 0 recent, whenever it is asked. */
const LONG_AGO = 1_000 * DAY

const VARIES = ['updatedAt', 'at', 'ageDays', 'recency', 'score']

const deploy: Step = {
  operation: 'memory.capture',
  input: () => ({
    text: 'We deploy on Tuesdays.',
    id: 'deploy',
    kind: 'decision',
    confidence: 0.9,
    source: 'standup',
    tags: ['deploy', 'team'],
    capturedAt: LONG_AGO,
  }),
}

const bread: Step = {
  operation: 'memory.capture',
  input: () => ({ text: 'Rye bread keeps for a week.', id: 'bread', capturedAt: LONG_AGO + DAY }),
}

export const capture: Entry = {
  changes: 'database',
  before: [deploy],
  varies: VARIES,
  good: [
    {
      what: 'a note, with all that is left out',
      input: () => ({ text: 'The tide follows the moon.', id: 'tide', capturedAt: LONG_AGO }),
      answer: {
        ...{
          id: 'tide',
          collection: 'memory',
          kind: 'note',
          status: 'active',
          confidence: 0.5,
          source: null,
          tags: [],
        },
        ...{ version: 1, merged: false, duplicates: [], compared: 'meaning', embedded: 1, pending: 0, degraded: null },
      },
    },
    {
      what: 'the same text in other words is nearly the same',
      input: () => ({ text: 'we deploy  on tuesdays.', id: 'again', kind: 'decision', capturedAt: LONG_AGO }),
      answer: { id: 'again', duplicates: [{ id: 'deploy', similarity: 1, exact: true }], compared: 'text' },
    },
    {
      what: 'merged with what is there',
      input: () => ({
        ...{ text: 'We deploy on Tuesdays.', kind: 'decision', confidence: 0.95, tags: ['ops'], merge: true },
      }),
      answer: {
        id: 'deploy',
        merged: true,
        confidence: 0.95,
        tags: ['deploy', 'team', 'ops'],
        version: 2,
        embedded: 0,
      },
    },
    {
      what: 'in the place of another',
      input: () => ({
        ...{ text: 'We deploy on Mondays.', id: 'monday', kind: 'decision', supersedes: ['deploy'] },
        capturedAt: LONG_AGO,
      }),
      answer: { id: 'monday', supersedes: ['deploy'] },
    },
    {
      what: 'without waiting for its vector',
      input: () => ({
        text: 'Its vector comes later.',
        id: 'later',
        wait: false,
        capturedAt: LONG_AGO,
        collection: 'aside',
      }),
      answer: { id: 'later', collection: 'aside', compared: 'text', embedded: 0, pending: 1, degraded: null },
    },
  ],
  bad: [
    { what: 'no text', input: () => ({ kind: 'note' }), code: 'INVALID_INPUT', field: 'text' },
    { what: 'an empty text', input: () => ({ text: ' \n' }), code: 'INVALID_INPUT', field: 'text' },
    { what: 'too sure', input: () => ({ text: 'x', confidence: 1.5 }), code: 'INVALID_INPUT', field: 'confidence' },
    { what: 'a kind that is a path', input: () => ({ text: 'x', kind: '../x' }), code: 'INVALID_INPUT', field: 'kind' },
    {
      what: 'metadata that is a field',
      input: () => ({ text: 'x', metadata: { status: 'active' } }),
      code: 'INVALID_INPUT',
      field: 'metadata.status',
    },
    { what: 'an id that is taken', input: () => ({ text: 'x', id: 'tide' }), code: 'DOCUMENT_EXISTS', field: null },
    {
      what: 'in the place of none',
      input: () => ({ text: 'x', supersedes: ['none'] }),
      code: 'MEMORY_NOT_FOUND',
      field: null,
    },
    {
      what: 'in its own place',
      input: () => ({ text: 'x', id: 'self', supersedes: ['self'] }),
      code: 'SUPERSEDE_CYCLE',
      field: 'supersedes',
    },
    { what: 'an unknown field', input: () => ({ text: 'x', title: 'X' }), code: 'INVALID_INPUT', field: 'title' },
  ],
}

export const recall: Entry = {
  changes: 'database',
  before: [deploy, bread],
  varies: VARIES,
  good: [
    {
      what: 'by meaning',
      input: () => ({ query: 'on which day do we ship' }),
      answer: { degraded: null, records: [{ id: 'deploy', rank: 1, similarity: expect.any(Number) }, { id: 'bread' }] },
    },
    {
      what: 'with a filter, explained',
      input: () => ({ query: 'deploy', kinds: ['note'], limit: 1, explain: true }),
      answer: { records: [{ id: 'bread', explanation: { parts: { confidence: 0.5, semanticBy: 'cosine' } } }] },
    },
    {
      what: 'by tags, source and certainty',
      input: () => ({ query: 'deploy', tags: ['team', 'deploy'], source: 'standup', minConfidence: 0.9 }),
      answer: { records: [{ id: 'deploy' }] },
    },
  ],
  bad: [
    { what: 'no query', input: () => ({}), code: 'INVALID_INPUT', field: 'query' },
    { what: 'an empty query', input: () => ({ query: ' ' }), code: 'INVALID_INPUT', field: 'query' },
    { what: 'too many', input: () => ({ query: 'x', limit: 201 }), code: 'INVALID_INPUT', field: 'limit' },
    {
      what: 'no such collection',
      input: () => ({ query: 'x', collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
    { what: 'an unknown field', input: () => ({ query: 'x', mode: 'vector' }), code: 'INVALID_INPUT', field: 'mode' },
  ],
}

export const list: Entry = {
  changes: 'database',
  before: [deploy, bread],
  varies: VARIES,
  good: [
    {
      what: 'all, oldest first',
      input: () => ({}),
      answer: { records: [{ id: 'deploy', text: 'We deploy on Tuesdays.' }, { id: 'bread' }], cursor: null },
    },
    {
      what: 'a page',
      input: () => ({ limit: 1, status: 'any' }),
      answer: { records: [{ id: 'deploy' }], cursor: expect.any(String) },
    },
    { what: 'none of this status', input: () => ({ status: 'archived' }), answer: { records: [] } },
  ],
  bad: [
    { what: 'a cursor of no page', input: () => ({ cursor: 'x' }), code: 'INVALID_INPUT', field: 'cursor' },
    { what: 'an unknown status', input: () => ({ status: 'dead' }), code: 'INVALID_INPUT', field: 'status' },
    { what: 'an unknown field', input: () => ({ ids: ['a'] }), code: 'INVALID_INPUT', field: 'ids' },
  ],
}

export const update: Entry = {
  changes: 'database',
  before: [deploy, bread],
  varies: VARIES,
  good: [
    {
      what: 'what is not its text',
      input: () => ({ id: 'deploy', confidence: 1, tags: ['ops'], ifVersion: 1 }),
      answer: { id: 'deploy', version: 2, confidence: 1, tags: ['ops'], source: 'standup', embedded: 0, reused: 0 },
    },
    {
      what: 'its text',
      input: () => ({ id: 'deploy', text: 'We deploy on Wednesdays.' }),
      answer: { id: 'deploy', version: 3, embedded: 1 },
    },
    {
      what: 'what is laid aside',
      input: () => ({ id: 'bread', status: 'archived' }),
      answer: { id: 'bread', status: 'archived' },
    },
  ],
  bad: [
    { what: 'none of that id', input: () => ({ id: 'none', kind: 'x' }), code: 'MEMORY_NOT_FOUND', field: null },
    { what: 'nothing', input: () => ({ id: 'deploy' }), code: 'INVALID_INPUT', field: 'id' },
    {
      what: 'another version',
      input: () => ({ id: 'deploy', confidence: 0, ifVersion: 1 }),
      code: 'REVISION_CONFLICT',
      field: null,
    },
    {
      what: 'a status that only supersede gives',
      input: () => ({ id: 'deploy', status: 'superseded' }),
      code: 'INVALID_INPUT',
      field: 'status',
    },
    { what: 'an unknown field', input: () => ({ id: 'deploy', title: 'x' }), code: 'INVALID_INPUT', field: 'title' },
  ],
}

export const forget: Entry = {
  changes: 'database',
  before: [deploy],
  varies: VARIES,
  good: [
    { what: 'one', input: () => ({ id: 'deploy' }), answer: { id: 'deploy', collection: 'memory', forgotten: true } },
  ],
  bad: [
    { what: 'it again', input: () => ({ id: 'deploy' }), code: 'MEMORY_NOT_FOUND', field: null },
    {
      what: 'one of no collection',
      input: () => ({ id: 'deploy', collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
    { what: 'an unknown field', input: () => ({ id: 'deploy', all: true }), code: 'INVALID_INPUT', field: 'all' },
  ],
}

export const history: Entry = {
  changes: 'database',
  before: [deploy, { operation: 'memory.update', input: () => ({ id: 'deploy', confidence: 1 }) }],
  varies: VARIES,
  good: [
    {
      what: 'its two versions',
      input: () => ({ id: 'deploy' }),
      answer: {
        revisions: [
          { version: 1, change: 'captured', text: 'We deploy on Tuesdays.', fields: { confidence: 0.9 } },
          { version: 2, change: 'updated', note: { changed: ['confidence'] }, fields: { confidence: 1 } },
        ],
      },
    },
  ],
  bad: [
    { what: 'none of that id', input: () => ({ id: 'none' }), code: 'MEMORY_NOT_FOUND', field: null },
    { what: 'no id', input: () => ({}), code: 'INVALID_INPUT', field: 'id' },
    { what: 'an unknown field', input: () => ({ id: 'deploy', limit: 1 }), code: 'INVALID_INPUT', field: 'limit' },
  ],
}
