import { expect } from 'vitest'
import type { Entry } from '../entry.ts'

export const list: Entry = {
  changes: 'nothing',
  good: [
    {
      what: 'all of them',
      input: () => ({}),
      answer: { collections: expect.arrayContaining([expect.objectContaining({ name: 'other', documents: 1 })]) },
    },
  ],
  bad: [
    { what: 'an unknown field', input: () => ({ name: 'docs' }), code: 'INVALID_INPUT', field: 'name' },
    { what: 'a list', input: () => [], code: 'INVALID_INPUT', field: null },
  ],
}

export const show: Entry = {
  changes: 'nothing',
  varies: ['createdAt', 'lastRunAt'],
  good: [{ what: 'one of files', input: () => ({ name: 'docs' }), answer: { name: 'docs', documents: 3, pending: 0 } }],
  bad: [
    { what: 'no such collection', input: () => ({ name: 'none' }), code: 'COLLECTION_NOT_FOUND', field: null },
    { what: 'no name', input: () => ({}), code: 'INVALID_INPUT', field: 'name' },
    { what: 'an unknown field', input: () => ({ name: 'docs', counts: true }), code: 'INVALID_INPUT', field: 'counts' },
  ],
}

export const create: Entry = {
  changes: 'database',
  good: [
    {
      what: 'an empty one',
      input: () => ({ name: 'empty' }),
      answer: { name: 'empty', model: 'all-MiniLM-L6-v2', dimensions: 384 },
    },
    {
      what: 'with a model',
      input: () => ({ name: 'Größe.2', model: 'all-MiniLM-L6-v2' }),
      answer: { name: 'Größe.2' },
    },
  ],
  bad: [
    { what: 'one that is there', input: () => ({ name: 'docs' }), code: 'COLLECTION_EXISTS', field: null },
    { what: 'no name', input: () => ({}), code: 'INVALID_INPUT', field: 'name' },
    { what: 'a name that is a path', input: () => ({ name: '../x' }), code: 'INVALID_INPUT', field: 'name' },
    { what: 'a name that is a number', input: () => ({ name: 7 }), code: 'INVALID_INPUT', field: 'name' },
    { what: 'an unknown field', input: () => ({ name: 'x', size: 3 }), code: 'INVALID_INPUT', field: 'size' },
    { what: 'no such model', input: () => ({ name: 'x', model: 'none' }), code: 'MODEL_UNKNOWN', field: null },
  ],
}

export const drop: Entry = {
  changes: 'database',
  good: [{ what: 'one with documents', input: () => ({ name: 'docs' }), answer: { name: 'docs', documents: 3 } }],
  bad: [
    { what: 'no such collection', input: () => ({ name: 'none' }), code: 'COLLECTION_NOT_FOUND', field: null },
    { what: 'no name', input: () => ({}), code: 'INVALID_INPUT', field: 'name' },
    { what: 'an unknown field', input: () => ({ name: 'other', force: true }), code: 'INVALID_INPUT', field: 'force' },
  ],
}
