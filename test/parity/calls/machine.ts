import { expect } from 'vitest'
import type { Entry } from '../entry.ts'

export const evaluation: Entry = {
  changes: 'models',
  varies: ['timings'],
  good: [
    { what: 'a small data set', input: ({ file }) => ({ folder: file('beir') }), answer: { 'ndcg@10': 1, queries: 1 } },
  ],
  bad: [
    { what: 'no such folder', input: ({ file }) => ({ folder: file('none') }), code: 'PATH_NOT_FOUND', field: null },
    {
      what: 'a folder without queries',
      input: ({ file }) => ({ folder: file('broken') }),
      code: 'PATH_NOT_FOUND',
      field: null,
    },
    { what: 'no folder', input: () => ({}), code: 'INVALID_INPUT', field: 'folder' },
    {
      what: 'an unknown mode',
      input: ({ file }) => ({ folder: file('beir'), mode: 'fuzzy' }),
      code: 'INVALID_INPUT',
      field: 'mode',
    },
    {
      what: 'an unknown field',
      input: ({ file }) => ({ folder: file('beir'), limit: 3 }),
      code: 'INVALID_INPUT',
      field: 'limit',
    },
  ],
}

export const benchEmbedding: Entry = {
  changes: 'nothing',
  varies: ['rows', 'load_ms', 'rss_mb', 'measured', 'event_loop', 'cache_lookups'],
  good: [{ what: 'quickly', input: () => ({ quick: true }), answer: { model: 'all-MiniLM-L6-v2', quick: true } }],
  bad: [
    { what: 'no such model', input: () => ({ model: 'none', quick: true }), code: 'MODEL_UNKNOWN', field: null },
    { what: 'a switch that is text', input: () => ({ quick: 'yes' }), code: 'INVALID_INPUT', field: 'quick' },
    { what: 'an unknown field', input: () => ({ rounds: 3 }), code: 'INVALID_INPUT', field: 'rounds' },
  ],
}

export const doctor: Entry = {
  changes: 'nothing',
  varies: ['message'],
  good: [{ what: 'all is well', input: () => ({}), answer: { healthy: true, checks: expect.arrayContaining([]) } }],
  bad: [
    { what: 'an unknown field', input: () => ({ fix: true }), code: 'INVALID_INPUT', field: 'fix' },
    { what: 'a list', input: () => [], code: 'INVALID_INPUT', field: null },
  ],
}

export const config: Entry = {
  changes: 'nothing',
  good: [
    {
      what: 'every setting',
      input: () => ({}),
      answer: {
        settings: expect.arrayContaining([
          expect.objectContaining({ name: 'embedding.workers', value: 1, origin: 'environment' }),
        ]),
      },
    },
  ],
  bad: [
    { what: 'an unknown field', input: () => ({ name: 'database' }), code: 'INVALID_INPUT', field: 'name' },
    { what: 'a list', input: () => [], code: 'INVALID_INPUT', field: null },
  ],
}
