import { expect, test } from 'vitest'
import { outline } from '../../../src/interfaces/mcp/text/outline.ts'
import { errorText, toText } from '../../../src/interfaces/mcp/text/text.ts'
import { portableSchema } from '../../../src/interfaces/wire/portable-schema.ts'

const HIT = {
  rank: 1,
  chunkId: 'c1',
  score: 0.5,
  similarity: 0.514,
  lines: [3, 9] as [number, number],
  heading: ['Bread', 'Oven'],
  symbol: null,
  path: '/docs/bread.md',
  title: 'Bread',
  collection: 'docs',
  side: 'text',
  model: 'mini',
  documentId: 'bread.md',
  metadata: {},
  text: 'Bake it.\n\nHot.\n',
  snippet: 'Bake it.',
  more: [{ lines: [12, 12] }, { lines: [20, 31] }],
}

test('passages have their place, what they are about, and their text', () => {
  const degraded = { code: 'EMBEDDING_UNAVAILABLE', message: 'No model.' }
  const other = { ...HIT, rank: 2, path: null, similarity: null, lines: [1, 1], heading: [], title: null, more: [] }
  expect(toText('search', { query: 'q', degraded, hits: [{ ...other, model: null }] })).toContain(
    '\nFound by keyword alone: No model.\n',
  )
  expect(toText('search', { query: 'q', degraded, hits: [HIT, other] })).toBe(
    [
      '2 passages for: q',
      'Not all was searched by meaning: No model.',
      '',
      '[1] /docs/bread.md:3-9 (similarity 0.51)',
      'Bread › Oven',
      'Also lines 12, 20-31',
      'Bake it.\n\nHot.',
      '',
      '[2] docs/bread.md:1',
      'Bake it.\n\nHot.',
    ].join('\n'),
  )
  expect(toText('search', { query: 'q', degraded: null, hits: [] })).toBe('Nothing was found for: q')
})

test('a document has its place and its text', () => {
  const shown = { id: 'a', collection: 'c', path: null, lines: [2, 3], totalLines: 9, text: 'two\nthree\n' }
  expect(toText('get', shown)).toBe('c/a:2-3 (of 9 lines)\n\ntwo\nthree\n')
})

test('an error has its code, its field and the way out', () => {
  const error = { code: 'INVALID_INPUT' as const, message: 'It is wrong.', fix: 'Do this', details: { field: 'limit' } }
  expect(errorText(error)).toBe('INVALID_INPUT: It is wrong.\nField: limit\nFix: Do this')
  expect(errorText({ code: 'ABORTED', message: 'It stopped.' })).toBe('ABORTED: It stopped.')
})

test.each<[unknown, string]>([
  [{}, 'Nothing.'],
  [{ a: 1, b: null, c: 'x', d: true }, 'a: 1\nc: x\nd: true'],
  [{ roots: ['/a', '/b'], none: [] }, 'roots: /a, /b\nnone: none'],
  [{ list: [{ a: 1, b: 2 }, { a: 3 }] }, 'list:\n  - a: 1\n    b: 2\n  - a: 3'],
  [{ deep: { er: { est: 1 } } }, 'deep:\n  er:\n    est: 1'],
  [{ text: 'one\ntwo' }, 'text:\n  one\n  two'],
  [{ list: ['x'.repeat(41), 'y'] }, `list:\n  - ${'x'.repeat(41)}\n  - y`],
  [{ list: [['a', 'b'], ['c']] }, 'list:\n  - a, b\n  - c'],
  [{ list: ['one\ntwo', 'three'] }, 'list:\n  - one\n    two\n  - three'],
  [{ none: {} }, 'none: none'],
])('the outline of %j', (value, text) => {
  expect(outline(value)).toBe(text)
})

test('schemas are those that every client takes', () => {
  const metadata = (rest: unknown) => ({ properties: { metadata: { type: 'object', additionalProperties: rest } } })
  expect(portableSchema(metadata({}))).toEqual(metadata(true))
  expect(portableSchema(metadata({ type: 'number' }))).toEqual(metadata({ type: 'number' }))
  const number = { type: 'integer', minimum: 1 }
  const schema = { properties: { lines: { type: 'array', prefixItems: [number, number], minItems: 2 } } }
  expect(portableSchema(schema)).toEqual({
    properties: { lines: { type: 'array', items: number, minItems: 2, maxItems: 2 } },
  })
  expect(portableSchema({ prefixItems: [{ type: 'string' }, number] })).toEqual({
    items: { anyOf: [{ type: 'string' }, number] },
    minItems: 2,
    maxItems: 2,
  })
})
