import { expect } from 'vitest'
import type { Entry } from '../entry.ts'

const DEFAULT = 'all-MiniLM-L6-v2'
const addServer = {
  operation: 'models.add',
  input: ({ file }: { file(name: string): string }) => ({ path: file('server.json') }),
} as const

export const list: Entry = {
  changes: 'nothing',
  good: [
    {
      what: 'all that are known',
      input: () => ({}),
      answer: {
        models: expect.arrayContaining([expect.objectContaining({ name: DEFAULT, installed: true, isDefault: true })]),
      },
    },
  ],
  bad: [
    { what: 'an unknown field', input: () => ({ task: 'embed' }), code: 'INVALID_INPUT', field: 'task' },
    { what: 'a list', input: () => [], code: 'INVALID_INPUT', field: null },
  ],
}

export const show: Entry = {
  changes: 'nothing',
  good: [
    { what: 'the default', input: () => ({}), answer: { name: DEFAULT, spec: { dimensions: 384 } } },
    {
      what: 'one that is not here',
      input: () => ({ model: 'gte-small' }),
      answer: { name: 'gte-small', folder: null },
    },
  ],
  bad: [
    { what: 'no such model', input: () => ({ model: 'none' }), code: 'MODEL_UNKNOWN', field: null },
    { what: 'a model that is a number', input: () => ({ model: 7 }), code: 'INVALID_INPUT', field: 'model' },
    { what: 'an unknown field', input: () => ({ name: DEFAULT }), code: 'INVALID_INPUT', field: 'name' },
  ],
}

export const pull: Entry = {
  changes: 'models',
  good: [{ what: 'one that is here', input: () => ({ model: DEFAULT }), answer: { model: DEFAULT } }],
  bad: [
    { what: 'one that is not, offline', input: () => ({ model: 'gte-small' }), code: 'OFFLINE', field: null },
    { what: 'no such model', input: () => ({ model: 'none' }), code: 'MODEL_UNKNOWN', field: null },
    { what: 'no model', input: () => ({}), code: 'INVALID_INPUT', field: 'model' },
    { what: 'an unknown field', input: () => ({ model: DEFAULT, force: true }), code: 'INVALID_INPUT', field: 'force' },
  ],
}

export const add: Entry = {
  changes: 'models',
  good: [
    { what: 'a spec', input: ({ file }) => ({ path: file('server.json') }), answer: { model: 'my-server', files: [] } },
    {
      what: 'under another name',
      input: ({ file }) => ({ path: file('server.json'), name: 'other' }),
      answer: { model: 'other' },
    },
  ],
  bad: [
    { what: 'no such path', input: ({ file }) => ({ path: file('none.json') }), code: 'PATH_NOT_FOUND', field: null },
    { what: 'no path', input: () => ({}), code: 'INVALID_INPUT', field: 'path' },
    {
      what: 'an unknown field',
      input: ({ file }) => ({ path: file('server.json'), model: 'x' }),
      code: 'INVALID_INPUT',
      field: 'model',
    },
  ],
}

export const remove: Entry = {
  changes: 'models',
  before: [addServer],
  good: [{ what: 'one that was added', input: () => ({ model: 'my-server' }), answer: { model: 'my-server' } }],
  bad: [
    { what: 'one that is gone', input: () => ({ model: 'my-server' }), code: 'MODEL_UNKNOWN', field: null },
    { what: 'no model', input: () => ({}), code: 'INVALID_INPUT', field: 'model' },
    { what: 'an unknown field', input: () => ({ model: 'my-server', all: true }), code: 'INVALID_INPUT', field: 'all' },
  ],
}

export const verify: Entry = {
  changes: 'nothing',
  good: [{ what: 'the default', input: () => ({}), answer: { model: DEFAULT, files: expect.arrayContaining([]) } }],
  bad: [
    { what: 'one that is not here', input: () => ({ model: 'gte-small' }), code: 'MODEL_NOT_INSTALLED', field: null },
    { what: 'no such model', input: () => ({ model: 'none' }), code: 'MODEL_UNKNOWN', field: null },
    { what: 'an unknown field', input: () => ({ quick: true }), code: 'INVALID_INPUT', field: 'quick' },
  ],
}
