import { expect, test } from 'vitest'
import { parseJson } from '../../../src/interfaces/wire/json-text.ts'

const parse = (text: string) => parseJson(new TextEncoder().encode(text), 'body')

test.each([
  ['[]', []],
  ['{"a":[{"b":"[[[{{{"}]}', { a: [{ b: '[[[{{{' }] }],
  [JSON.stringify('\\"['.repeat(200)), '\\"['.repeat(200)],
  [JSON.stringify({ '[[\\': '"' }), { '[[\\': '"' }],
  [`${'['.repeat(100)}${']'.repeat(100)}`, expect.any(Array)],
  [`[${'[],'.repeat(500)}1]`, expect.any(Array)],
])('%s is read', (text, value) => {
  expect(parse(text)).toEqual(value)
})

test.each([
  ['[101 levels]', `${'['.repeat(101)}${']'.repeat(101)}`],
  ['objects', `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
  ['without an end', '['.repeat(1_000_000)],
  ['behind a string', `["\\\\",${'['.repeat(100)}`],
])('too deep: %s', (_, text) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', details: { field: 'body', limit: 100 } }),
  )
})

test.each([['{"a"'], ['"'], ['"\\'], ['"\\"'], [']]]]'], ['']])('%s is no JSON', (text) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', details: { field: 'body' } }))
})
