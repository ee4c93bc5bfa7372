import { expect } from 'vitest'
import type { Entry } from '../entry.ts'

export const search: Entry = {
  changes: 'nothing',
  varies: ['timings'],
  good: [
    {
      what: 'by meaning and keyword',
      input: () => ({ query: 'how do reptiles regrow limbs' }),
      answer: {
        mode: 'hybrid',
        degraded: null,
        hits: expect.objectContaining({ 0: expect.objectContaining({ documentId: 'lizard', rank: 1 }) }),
      },
    },
    {
      what: 'by keyword alone, in one collection, with every part of the score',
      input: () => ({ query: 'bread', mode: 'lexical', collection: 'other', limit: 1, explain: true }),
      answer: { hits: [{ documentId: 'bread', collection: 'other', explanation: { rule: expect.any(String) } }] },
    },
    {
      what: 'of documents whose metadata pass',
      input: () => ({ query: 'bread', filter: { year: { $gte: 1900 }, tags: 'reptile' } }),
      answer: { hits: [{ documentId: 'lizard', metadata: { year: 1957 } }] },
    },
    {
      what: 'below a folder, not too far away',
      input: ({ file }) => ({ query: 'baking', mode: 'vector', paths: [file('docs')], minSimilarity: 0.2 }),
      answer: { hits: [{ collection: 'docs', title: 'Bread' }] },
    },
    {
      what: 'of one side, where all collections have one model',
      input: () => ({ query: 'how do reptiles regrow limbs', side: 'code', limit: 1 }),
      answer: { side: null, hits: [{ documentId: 'lizard', side: 'text', model: expect.any(String) }] },
    },
    { what: 'nothing found', input: () => ({ query: 'zzz', mode: 'lexical' }), answer: { hits: [] } },
    {
      what: 'a query that looks like syntax',
      input: () => ({ query: '"NEAR( col:* OR', mode: 'lexical' }),
      answer: { query: '"NEAR( col:* OR', hits: [] },
    },
  ],
  bad: [
    { what: 'no query', input: () => ({}), code: 'INVALID_INPUT', field: 'query' },
    { what: 'a query that is a number', input: () => ({ query: 7 }), code: 'INVALID_INPUT', field: 'query' },
    { what: 'an unknown field', input: () => ({ query: 'a', lmit: 3 }), code: 'INVALID_INPUT', field: 'lmit' },
    {
      what: 'a limit that is text',
      input: () => ({ query: 'a', limit: 'many' }),
      code: 'INVALID_INPUT',
      field: 'limit',
    },
    { what: 'a huge limit', input: () => ({ query: 'a', limit: 1e9 }), code: 'INVALID_INPUT', field: 'limit' },
    { what: 'an unknown side', input: () => ({ query: 'a', side: 'left' }), code: 'INVALID_INPUT', field: 'side' },
    { what: 'an unknown mode', input: () => ({ query: 'a', mode: 'fuzzy' }), code: 'INVALID_INPUT', field: 'mode' },
    {
      what: 'a least similarity that no cosine has',
      input: () => ({ query: 'a', minSimilarity: 2 }),
      code: 'INVALID_INPUT',
      field: 'minSimilarity',
    },
    {
      what: 'an unknown operator of a filter',
      input: () => ({ query: 'a', filter: { lang: { $like: 'e' } } }),
      code: 'INVALID_INPUT',
      field: 'lang',
    },
    {
      what: 'no such collection',
      input: () => ({ query: 'a', collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
    { what: 'a list', input: () => [], code: 'INVALID_INPUT', field: null },
  ],
}

export const searchSemantic: Entry = {
  changes: 'nothing',
  varies: ['inference_ms', 'search_ms'],
  good: [
    {
      what: 'the nearest',
      input: () => ({ query: 'how do reptiles regrow limbs', limit: 2, collection: 'default' }),
      answer: { results: [{ text: expect.stringContaining('tail') }, {}], stats: { total_results: 2 } },
    },
    {
      what: 'near enough, of documents whose metadata pass',
      input: () => ({ query: 'baking', threshold: 0.3, filter: { year: 1850 } }),
      answer: { results: [{ metadata: { year: 1850 } }] },
    },
    { what: 'nothing that near', input: () => ({ query: 'baking', threshold: 1 }), answer: { results: [] } },
  ],
  bad: [
    { what: 'no query', input: () => ({}), code: 'INVALID_INPUT', field: 'query' },
    {
      what: 'a threshold that is text',
      input: () => ({ query: 'a', threshold: 'high' }),
      code: 'INVALID_INPUT',
      field: 'threshold',
    },
    { what: 'an unknown field', input: () => ({ query: 'a', mode: 'vector' }), code: 'INVALID_INPUT', field: 'mode' },
    {
      what: 'a filter that is a list',
      input: () => ({ query: 'a', filter: [] }),
      code: 'INVALID_INPUT',
      field: 'filter',
    },
    {
      what: 'no such collection',
      input: () => ({ query: 'a', collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
  ],
}

export const get: Entry = {
  changes: 'nothing',
  good: [
    {
      what: 'by id',
      input: () => ({ id: 'notes/été.md', collection: 'default' }),
      answer: { format: 'markdown', totalLines: 3 },
    },
    { what: 'the first collection that has the id', input: () => ({ id: 'bread' }), answer: { collection: 'default' } },
    {
      what: 'from another collection',
      input: () => ({ id: 'bread', collection: 'other' }),
      answer: { text: 'Rye bread keeps for a week.' },
    },
    {
      what: 'some lines of a file',
      input: ({ file }) => ({ path: file('docs/bread.md'), lines: [3, 3] }),
      answer: { text: 'Knead the dough and bake it.\n', lines: [3, 3] },
    },
    { what: 'a passage', input: () => ({ chunkId: 'chunk-1' }), answer: { collection: 'docs' } },
  ],
  bad: [
    { what: 'no such id', input: () => ({ id: 'none' }), code: 'DOCUMENT_NOT_FOUND', field: null },
    { what: 'no such passage', input: () => ({ chunkId: 'chunk-99999' }), code: 'DOCUMENT_NOT_FOUND', field: null },
    {
      what: 'no such collection',
      input: () => ({ id: 'bread', collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
    {
      what: 'a path from another folder',
      input: () => ({ path: '/etc/passwd' }),
      code: 'DOCUMENT_NOT_FOUND',
      field: null,
    },
    { what: 'an id that is a number', input: () => ({ id: 7 }), code: 'INVALID_INPUT', field: 'id' },
    { what: 'an unknown field', input: () => ({ id: 'bread', format: 'pdf' }), code: 'INVALID_INPUT', field: 'format' },
    {
      what: 'lines in the wrong order',
      input: () => ({ id: 'bread', lines: [3, 2] }),
      code: 'INVALID_INPUT',
      field: 'lines',
    },
    {
      what: 'lines beyond the end',
      input: () => ({ id: 'bread', lines: [9, 9] }),
      code: 'INVALID_INPUT',
      field: 'lines',
    },
  ],
}

export const status: Entry = {
  changes: 'nothing',
  varies: ['lastRunAt'],
  good: [{ what: 'the counts', input: () => ({}), answer: { documents: 8, pending: 1, failed: 0 } }],
  bad: [
    { what: 'an unknown field', input: () => ({ verbose: true }), code: 'INVALID_INPUT', field: 'verbose' },
    { what: 'a list', input: () => [1], code: 'INVALID_INPUT', field: null },
  ],
}

export const rerank: Entry = {
  changes: 'nothing',
  good: [
    {
      what: 'best first',
      input: ({ file }) => ({ query: 'dough', passages: ['planet', 'dough oven', ''], model: file('reranker') }),
      answer: { results: [{ index: 1 }, { index: 0 }], failed: [{ index: 2, error: { code: 'EMPTY_EMBEDDING' } }] },
    },
    {
      what: 'the best alone',
      input: ({ file }) => ({ query: 'dough', passages: ['planet', 'oven'], model: file('reranker'), limit: 1 }),
      answer: { results: [{ index: 1 }] },
    },
  ],
  bad: [
    { what: 'without a model', input: () => ({ query: 'a', passages: ['b'] }), code: 'INVALID_INPUT', field: 'model' },
    {
      what: 'no such model',
      input: () => ({ query: 'a', passages: ['b'], model: 'none' }),
      code: 'MODEL_UNKNOWN',
      field: null,
    },
    {
      what: 'a model that embeds',
      input: () => ({ query: 'a', passages: ['b'], model: 'all-MiniLM-L6-v2' }),
      code: 'MODEL_INVALID',
      field: null,
    },
    {
      what: 'a limit of nothing',
      input: ({ file }) => ({ query: 'a', passages: ['b'], model: file('reranker'), limit: 0 }),
      code: 'INVALID_INPUT',
      field: 'limit',
    },
    {
      what: 'passages that are a text',
      input: () => ({ query: 'a', passages: 'b' }),
      code: 'INVALID_INPUT',
      field: 'passages',
    },
    {
      what: 'an unknown field',
      input: () => ({ query: 'a', passages: ['b'], top: 3 }),
      code: 'INVALID_INPUT',
      field: 'top',
    },
  ],
}

export const embed: Entry = {
  changes: 'nothing',
  varies: ['timings'],
  good: [
    {
      what: 'two texts, of which one is nothing',
      input: () => ({ texts: ['hello world', ''], kind: 'query' }),
      answer: {
        dimensions: 384,
        results: [
          { ok: true, truncated: false },
          { ok: false, error: { code: 'EMPTY_EMBEDDING' } },
        ],
      },
    },
    {
      what: 'bytes as text',
      input: () => ({ texts: ['hello world'], encoding: 'binary', base64: true }),
      answer: { encoding: 'binary', results: [{ embedding: expect.stringMatching(/^[\w+/]{64}$/) }] },
    },
    {
      what: 'what each stage took',
      input: () => ({ texts: ['hello'], timings: true }),
      answer: { timings: { infer: expect.any(Number) } },
    },
  ],
  bad: [
    { what: 'a text that is a number', input: () => ({ texts: ['a', 1] }), code: 'INVALID_INPUT', field: 'texts.1' },
    { what: 'no texts', input: () => ({}), code: 'INVALID_INPUT', field: 'texts' },
    {
      what: 'an unknown field',
      input: () => ({ texts: ['a'], normalize: true }),
      code: 'INVALID_INPUT',
      field: 'normalize',
    },
    {
      what: 'an unknown encoding',
      input: () => ({ texts: ['a'], encoding: 'int4' }),
      code: 'INVALID_INPUT',
      field: 'encoding',
    },
    {
      what: 'a width of nothing',
      input: () => ({ texts: ['a'], dimensions: 0 }),
      code: 'INVALID_INPUT',
      field: 'dimensions',
    },
    { what: 'no such model', input: () => ({ texts: ['a'], model: 'none' }), code: 'MODEL_UNKNOWN', field: null },
  ],
}

export const getEmbedding: Entry = {
  changes: 'nothing',
  good: [
    {
      what: 'of a passage',
      input: () => ({ id: 'chunk-1' }),
      answer: { kind: 'chunk', state: 'embedded', dimensions: 384 },
    },
    {
      what: "of a document's passages",
      input: () => ({ id: 'lizard', limit: 1 }),
      answer: { kind: 'document', total: 1, chunks: [{ state: 'embedded', embedding: expect.arrayContaining([]) }] },
    },
    {
      what: 'of a passage that waits for it',
      input: () => ({ id: 'later', collection: 'waiting' }),
      answer: { chunks: [{ state: 'pending', embedding: null }] },
    },
  ],
  bad: [
    { what: 'no such id', input: () => ({ id: 'none' }), code: 'DOCUMENT_NOT_FOUND', field: null },
    { what: 'no id', input: () => ({}), code: 'INVALID_INPUT', field: 'id' },
    { what: 'an id that is a number', input: () => ({ id: 1 }), code: 'INVALID_INPUT', field: 'id' },
    { what: 'an unknown field', input: () => ({ id: 'bread', model: 'x' }), code: 'INVALID_INPUT', field: 'model' },
    {
      what: 'no such collection',
      input: () => ({ id: 'bread', collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
  ],
}

export const backfill: Entry = {
  changes: 'database',
  good: [
    {
      what: 'all that waits',
      input: () => ({}),
      answer: { filled: 1, embedded: 1, failed: 0, waiting: 0, indexes: [{ use: 'serving', filled: 1, error: null }] },
    },
  ],
  bad: [
    { what: 'an unknown field', input: () => ({ ids: ['a'] }), code: 'INVALID_INPUT', field: 'ids' },
    { what: 'a text for a switch', input: () => ({ retryFailed: 'x' }), code: 'INVALID_INPUT', field: 'retryFailed' },
    { what: 'no such collection', input: () => ({ collection: 'none' }), code: 'COLLECTION_NOT_FOUND', field: null },
  ],
}

export const fillEmbeddings: Entry = {
  changes: 'database',
  good: [
    {
      what: 'what waits, what has its vector, and what is not there',
      input: () => ({ ids: ['later', 'bread', 'none'] }),
      answer: {
        filled: 1,
        failed: 1,
        results: [{ id: 'later', filled: 1 }, { id: 'bread', filled: 0 }, { ok: false }],
      },
    },
    { what: 'none', input: () => ({ ids: [] }), answer: { filled: 0, results: [] } },
  ],
  bad: [
    { what: 'no ids', input: () => ({}), code: 'INVALID_INPUT', field: 'ids' },
    { what: 'an id that is a number', input: () => ({ ids: ['a', 1] }), code: 'INVALID_INPUT', field: 'ids.1' },
    { what: 'an unknown field', input: () => ({ ids: ['a'], all: true }), code: 'INVALID_INPUT', field: 'all' },
    {
      what: 'no such collection',
      input: () => ({ ids: ['a'], collection: 'none' }),
      code: 'COLLECTION_NOT_FOUND',
      field: null,
    },
  ],
}

export const metrics: Entry = {
  changes: 'nothing',
  varies: ['timings', 'calls', 'texts', 'failed', 'tokens', 'cacheHits', 'cacheMisses', 'hitRate'],
  before: [{ operation: 'embed', input: () => ({ texts: ['hello'] }) }],
  good: [
    {
      what: 'of the open model',
      input: () => ({}),
      answer: { models: [{ model: 'all-MiniLM-L6-v2', calls: expect.any(Number) }] },
    },
  ],
  bad: [
    { what: 'an unknown field', input: () => ({ model: 'x' }), code: 'INVALID_INPUT', field: 'model' },
    { what: 'a list', input: () => [], code: 'INVALID_INPUT', field: null },
  ],
}
