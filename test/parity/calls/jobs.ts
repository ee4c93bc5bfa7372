import { expect } from 'vitest'
import type { Entry, Step } from '../entry.ts'

const startIndex: Step = {
  operation: 'jobs.start',
  input: ({ file }) => ({ operation: 'index', input: { paths: [file('more')] } }),
}
const waitForIt: Step = {
  operation: 'jobs.get',
  input: (_, [job]) => ({ id: job.id }),
  until: ({ finishedAt }) => finishedAt !== null,
}
const VARIES = ['id', 'createdAt', 'startedAt', 'finishedAt', 'revision', 'resultBytes', 'elapsed', 'cursor']

export const list: Entry = {
  changes: 'database',
  before: [startIndex, waitForIt],
  varies: VARIES,
  good: [
    {
      what: 'all of them',
      input: () => ({}),
      answer: { jobs: [{ operation: 'index', state: 'succeeded', error: null }], cursor: null },
    },
    { what: 'none that failed', input: () => ({ states: ['failed'], limit: 5 }), answer: { jobs: [] } },
  ],
  bad: [
    { what: 'an unknown state', input: () => ({ states: ['lost'] }), code: 'INVALID_INPUT', field: 'states.0' },
    { what: 'a cursor that no page gave', input: () => ({ cursor: '!' }), code: 'INVALID_INPUT', field: 'cursor' },
    { what: 'an unknown field', input: () => ({ state: 'failed' }), code: 'INVALID_INPUT', field: 'state' },
  ],
}

export const start: Entry = {
  changes: 'models',
  varies: [...VARIES, 'state'],
  good: [
    {
      what: 'one that ends soon',
      input: ({ file }) => ({ operation: 'eval', input: { folder: file('none') } }),
      answer: { id: expect.stringMatching(/^job_/), operation: 'eval' },
    },
  ],
  bad: [
    { what: 'no such operation', input: () => ({ operation: 'none' }), code: 'OPERATION_UNKNOWN', field: 'operation' },
    {
      what: 'one that answers at once',
      input: () => ({ operation: 'status' }),
      code: 'INVALID_INPUT',
      field: 'operation',
    },
    {
      what: 'an input that its operation refuses',
      input: () => ({ operation: 'eval', input: { folder: 7 } }),
      code: 'INVALID_INPUT',
      field: 'input.folder',
    },
    {
      what: 'an input that is a list',
      input: () => ({ operation: 'eval', input: [] }),
      code: 'INVALID_INPUT',
      field: 'input',
    },
    {
      what: 'an unknown field',
      input: () => ({ operation: 'eval', folder: 'x' }),
      code: 'INVALID_INPUT',
      field: 'folder',
    },
  ],
}

export const show: Entry = {
  changes: 'database',
  before: [startIndex, waitForIt],
  varies: VARIES,
  good: [
    {
      what: 'one that has ended',
      input: (_, [job]) => ({ id: job.id }),
      answer: { state: 'succeeded', result: { reports: [{ added: 1 }] }, input: { paths: [expect.any(String)] } },
    },
  ],
  bad: [
    { what: 'no such job', input: () => ({ id: 'none' }), code: 'JOB_NOT_FOUND', field: null },
    { what: 'no id', input: () => ({}), code: 'INVALID_INPUT', field: 'id' },
    { what: 'an unknown field', input: () => ({ id: 'none', wait: true }), code: 'INVALID_INPUT', field: 'wait' },
  ],
}

export const cancel: Entry = {
  changes: 'database',
  before: [startIndex, waitForIt],
  varies: VARIES,
  good: [
    {
      what: 'one that has ended already',
      input: (_, [job]) => ({ id: job.id }),
      answer: { state: 'succeeded', cancelling: false },
    },
  ],
  bad: [
    { what: 'no such job', input: () => ({ id: 'none' }), code: 'JOB_NOT_FOUND', field: null },
    { what: 'an id that is a number', input: () => ({ id: 7 }), code: 'INVALID_INPUT', field: 'id' },
    { what: 'an unknown field', input: () => ({ id: 'none', force: true }), code: 'INVALID_INPUT', field: 'force' },
  ],
}
