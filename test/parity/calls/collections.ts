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
      answer: { name: 'empty', model: 'all-MiniLM-L6-v2', dimensions: 384, code: null, layout: 'native' },
    },
    {
      what: 'with a model',
      input: () => ({ name: 'Größe.2', model: 'all-MiniLM-L6-v2' }),
      answer: { name: 'Größe.2' },
    },
    {
      what: 'with a model for code that is the same, and another layout',
      input: () => ({ name: 'both', codeModel: 'all-MiniLM-L6-v2', layout: 'padded' }),
      answer: { name: 'both', code: null, layout: 'padded' },
    },
  ],
  bad: [
    { what: 'one that is there', input: () => ({ name: 'docs' }), code: 'COLLECTION_EXISTS', field: null },
    { what: 'no name', input: () => ({}), code: 'INVALID_INPUT', field: 'name' },
    { what: 'a name that is a path', input: () => ({ name: '../x' }), code: 'INVALID_INPUT', field: 'name' },
    { what: 'a name that is a number', input: () => ({ name: 7 }), code: 'INVALID_INPUT', field: 'name' },
    { what: 'an unknown field', input: () => ({ name: 'x', size: 3 }), code: 'INVALID_INPUT', field: 'size' },
    { what: 'no such model', input: () => ({ name: 'x', model: 'none' }), code: 'MODEL_UNKNOWN', field: null },
    { what: 'no such code model', input: () => ({ name: 'x', codeModel: 'none' }), code: 'MODEL_UNKNOWN', field: null },
  ],
}

export const update: Entry = {
  changes: 'database',
  good: [
    {
      what: 'another layout',
      input: () => ({ name: 'docs', layout: 'padded' }),
      answer: { name: 'docs', model: 'all-MiniLM-L6-v2', code: null, layout: 'padded' },
    },
    {
      what: 'the model of text for code',
      input: () => ({ name: 'docs', codeModel: 'all-MiniLM-L6-v2' }),
      answer: { name: 'docs', code: null, layout: 'padded' },
    },
    { what: 'no model for code', input: () => ({ name: 'docs', codeModel: null }), answer: { code: null } },
  ],
  bad: [
    {
      what: 'no such collection',
      input: () => ({ name: 'none', layout: 'native' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
    { what: 'nothing to change', input: () => ({ name: 'docs' }), code: 'INVALID_INPUT', field: null },
    { what: 'no name', input: () => ({ layout: 'native' }), code: 'INVALID_INPUT', field: 'name' },
    { what: 'no such layout', input: () => ({ name: 'docs', layout: 'wide' }), code: 'INVALID_INPUT', field: 'layout' },
    { what: 'no such model', input: () => ({ name: 'docs', codeModel: 'none' }), code: 'MODEL_UNKNOWN', field: null },
    {
      what: 'an empty name of a model',
      input: () => ({ name: 'docs', codeModel: '' }),
      code: 'INVALID_INPUT',
      field: 'codeModel',
    },
    { what: 'an unknown field', input: () => ({ name: 'docs', model: 'x' }), code: 'INVALID_INPUT', field: 'model' },
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
