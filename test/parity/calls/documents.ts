import { expect } from 'vitest'
import type { Entry } from '../entry.ts'

export const add: Entry = {
  changes: 'database',
  good: [
    {
      what: 'two documents',
      input: () => ({
        documents: [
          {
            id: 'sky',
            text: 'The sky is blue by day.',
            title: 'Sky',
            metadata: { year: 1871, deep: { list: [1, null] } },
          },
          { id: 'code', text: 'fn main() {}\n', format: 'code', language: 'rust', side: 'text' },
        ],
        codeModel: 'all-MiniLM-L6-v2',
      }),
      answer: {
        collection: 'default',
        added: 2,
        failed: 0,
        embedded: 2,
        degraded: null,
        results: [{ ok: true, id: 'sky' }, { id: 'code' }],
      },
    },
    {
      what: 'one that is there already',
      input: () => ({ documents: [{ id: 'sky', text: 'The sky is blue by day.' }] }),
      answer: { added: 1, degraded: null },
    },
    {
      what: 'into a new collection',
      input: () => ({
        documents: [{ id: 'a', text: 'Tides follow the moon.' }],
        collection: 'sea',
        model: 'all-MiniLM-L6-v2',
      }),
      answer: { collection: 'sea', added: 1 },
    },
    {
      what: 'one whose id is taken, where that is an error',
      input: () => ({ documents: [{ id: 'sky', text: 'Another.' }], ifExists: 'fail' }),
      answer: { added: 0, failed: 1, results: [{ ok: false, error: { code: 'DOCUMENT_EXISTS' } }] },
    },
    { what: 'none', input: () => ({ documents: [] }), answer: { added: 0, results: [] } },
  ],
  bad: [
    { what: 'no documents', input: () => ({}), code: 'INVALID_INPUT', field: 'documents' },
    {
      what: 'a text that is a number',
      input: () => ({ documents: [{ id: 'a', text: 7 }] }),
      code: 'INVALID_INPUT',
      field: 'documents.0.text',
    },
    {
      what: 'an unknown field of a document',
      input: () => ({ documents: [{ id: 'a', text: 'x', metdata: {} }] }),
      code: 'INVALID_INPUT',
      field: 'documents.0.metdata',
    },
    {
      what: 'an unknown field',
      input: () => ({ documents: [], colection: 'x' }),
      code: 'INVALID_INPUT',
      field: 'colection',
    },
    {
      what: 'a name that is a path',
      input: () => ({ documents: [], collection: '../etc' }),
      code: 'INVALID_INPUT',
      field: 'collection',
    },
    {
      what: 'no such side',
      input: () => ({ documents: [{ id: 'a', text: 'x', side: 'both' }] }),
      code: 'INVALID_INPUT',
      field: 'documents.0.side',
    },
    {
      what: 'no such code model',
      input: () => ({ documents: [], collection: 'new', codeModel: 'none' }),
      code: 'MODEL_UNKNOWN',
      field: null,
    },
    {
      what: 'no such model',
      input: () => ({ documents: [], collection: 'new', model: 'none' }),
      code: 'MODEL_UNKNOWN',
      field: null,
    },
  ],
}

export const addFiles: Entry = {
  changes: 'database',
  good: [
    {
      what: 'a page, and what is no text',
      input: () => ({
        files: [
          { name: 'notes/moon.md', content: base64('# Moon\n\nIt pulls the tide.\n') },
          { name: 'picture.png', content: base64('\u0089PNG\u0000') },
        ],
        collection: 'sent',
      }),
      answer: {
        collection: 'sent',
        added: 1,
        failed: 1,
        results: [
          { ok: true, id: 'notes/moon.md' },
          { ok: false, error: { code: 'FILE_BINARY' } },
        ],
      },
    },
    {
      what: 'one whose name is taken, where that is an error',
      input: () => ({
        files: [{ name: 'notes/moon.md', content: base64('Another.') }],
        collection: 'sent',
        ifExists: 'fail',
      }),
      answer: { added: 0, results: [{ error: { code: 'DOCUMENT_EXISTS' } }] },
    },
  ],
  bad: [
    ...['../a.md', '/etc/passwd', 'a\\..\\b.md', 'C:/a.md', 'a\u0000.md', 'a//b.md'].map((name) => ({
      what: `the name ${JSON.stringify(name)}`,
      input: () => ({ files: [{ name, content: '' }] }),
      code: 'INVALID_INPUT',
      field: 'files.0.name',
    })),
    {
      what: 'content that is not base64',
      input: () => ({ files: [{ name: 'a.md', content: 'a?' }] }),
      code: 'INVALID_INPUT',
      field: 'files.0.content',
    },
    { what: 'no files', input: () => ({}), code: 'INVALID_INPUT', field: 'files' },
    { what: 'an unknown field', input: () => ({ files: [], path: '/' }), code: 'INVALID_INPUT', field: 'path' },
  ],
}

export const remove: Entry = {
  changes: 'database',
  good: [
    { what: 'what is there', input: () => ({ ids: ['bread', 'none'] }), answer: { deleted: 1 } },
    { what: 'what is gone', input: () => ({ ids: ['bread'] }), answer: { deleted: 0 } },
    { what: 'what passes a filter', input: () => ({ filter: { year: { $gt: 1900 } } }), answer: { deleted: 1 } },
    { what: 'all of another collection', input: () => ({ all: true, collection: 'other' }), answer: { deleted: 1 } },
  ],
  bad: [
    { what: 'ids that are a number', input: () => ({ ids: 7 }), code: 'INVALID_INPUT', field: 'ids' },
    { what: 'an empty id', input: () => ({ ids: [''] }), code: 'INVALID_INPUT', field: 'ids.0' },
    { what: 'neither ids nor a filter', input: () => ({}), code: 'INVALID_INPUT', field: null },
    { what: 'a filter without tests', input: () => ({ filter: {} }), code: 'INVALID_INPUT', field: 'filter' },
    { what: 'an unknown field', input: () => ({ ids: ['a'], force: true }), code: 'INVALID_INPUT', field: 'force' },
    {
      what: 'no such collection',
      input: () => ({ ids: ['a'], collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
  ],
}

export const list: Entry = {
  changes: 'nothing',
  varies: ['createdAt', 'updatedAt'],
  good: [
    {
      what: 'the first page',
      input: () => ({ limit: 2 }),
      answer: { documents: [{ id: 'bread', chunks: 1, pending: 0 }, { id: 'lizard' }], cursor: expect.any(String) },
    },
    {
      what: 'with their texts, those that pass',
      input: () => ({ filter: { tags: 'reptile' }, text: true, collection: 'default' }),
      answer: { documents: [{ id: 'lizard', text: expect.stringContaining('grows back') }], cursor: null },
    },
    {
      what: 'of files',
      input: () => ({ collection: 'docs' }),
      answer: { documents: expect.objectContaining({ length: 3 }) },
    },
  ],
  bad: [
    { what: 'a cursor that no page gave', input: () => ({ cursor: 'x' }), code: 'INVALID_INPUT', field: 'cursor' },
    { what: 'a limit that is text', input: () => ({ limit: 'all' }), code: 'INVALID_INPUT', field: 'limit' },
    { what: 'an unknown field', input: () => ({ offset: 3 }), code: 'INVALID_INPUT', field: 'offset' },
    { what: 'no such collection', input: () => ({ collection: 'none' }), code: 'COLLECTION_NOT_FOUND', field: null },
  ],
}

export const index: Entry = {
  changes: 'database',
  varies: ['elapsed'],
  good: [
    {
      what: 'a folder that is known',
      input: ({ file }) => ({ paths: [file('docs')] }),
      answer: { reports: [{ collection: 'docs', unchanged: 3, added: 0 }] },
    },
    {
      what: 'a new folder',
      input: ({ file }) => ({ paths: [file('more')], collection: 'sea' }),
      answer: { reports: [{ collection: 'sea', added: 1, failed: 0 }] },
    },
    {
      what: 'all again',
      input: () => ({ collection: 'docs', force: true }),
      answer: { reports: [{ collection: 'docs', refreshed: expect.any(Number) }] },
    },
  ],
  bad: [
    { what: 'no such path', input: ({ file }) => ({ paths: [file('none')] }), code: 'PATH_NOT_FOUND', field: null },
    { what: 'a path that is a number', input: () => ({ paths: [7] }), code: 'INVALID_INPUT', field: 'paths.0' },
    { what: 'an unknown field', input: () => ({ recursive: true }), code: 'INVALID_INPUT', field: 'recursive' },
    {
      what: 'a path of another collection',
      input: ({ file }) => ({ paths: [file('docs')], collection: 'other' }),
      code: 'ROOT_TAKEN',
      field: null,
    },
    { what: 'no such collection', input: () => ({ collection: 'none' }), code: 'COLLECTION_NOT_FOUND', field: null },
  ],
}

export const planIndex: Entry = {
  changes: 'nothing',
  varies: ['seconds', 'textsPerSecond'],
  good: [
    {
      what: 'a new folder',
      input: ({ file }) => ({ paths: [file('more')], collection: 'sea' }),
      answer: { plans: [{ collection: 'sea', files: 1, toEmbed: 1, basis: { kind: 'sample' } }] },
    },
    {
      what: 'a folder that is known',
      input: ({ file }) => ({ paths: [file('docs')] }),
      answer: { plans: [{ collection: 'docs', unchanged: 3, toEmbed: 0, basis: { kind: 'nothing to embed' } }] },
    },
  ],
  bad: [
    { what: 'no path', input: () => ({ paths: [] }), code: 'INVALID_INPUT', field: 'paths' },
    { what: 'no such path', input: ({ file }) => ({ paths: [file('none')] }), code: 'PATH_NOT_FOUND', field: null },
    {
      what: 'an unknown field',
      input: ({ file }) => ({ paths: [file('docs')], deep: 1 }),
      code: 'INVALID_INPUT',
      field: 'deep',
    },
  ],
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64')
}
