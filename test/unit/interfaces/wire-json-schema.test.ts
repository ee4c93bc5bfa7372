import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { inputJsonSchema, outputJsonSchema } from '../../../src/interfaces/wire/json-schema.ts'
import { findOperation, OPERATION_NAMES } from '../../../src/interfaces/wire/operations.ts'
import { valuesOf } from '../../support/json-schema-values.ts'

const ajv = new Ajv2020({ strict: true, allErrors: false })

/**
 * What operations refuse and their JSON Schema takes: it has no words for fields that exclude each other, for one number
 * that is not above another, and for the form of texts beyond a pattern. Lengths of texts it counts in code points, where
 * operations count UTF-16 code units.
 */
const BEYOND: Record<string, string[]> = {
  get: ['Lines go from the lower to the higher number', 'Give one of path, id and chunkId'],
  delete: ['Give one of ids, filter and all'],
  'add.files': ['A file name is a relative path with forward slashes, without . and .. in it', 'The content is base64'],
  'keys.create': ['A name is not empty'],
  add: ['Metadata is an object, 64 levels deep at most'],
  'collections.update': ['Give codeModel or layout'],
  'memory.recall': ['The query is empty'],
}

describe.each(OPERATION_NAMES)('%s', (name) => {
  test('says its input and its answer as JSON Schema of 2020-12', async () => {
    const { input, output } = await findOperation(name)
    for (const schema of [inputJsonSchema(input), outputJsonSchema(output)]) {
      expect(ajv.validateSchema(schema), JSON.stringify(ajv.errors)).toBe(true)
      expect(() => ajv.compile(schema)).not.toThrow()
      expect(schema).toMatchObject({ ...(schema.oneOf || schema.anyOf ? {} : { type: 'object' }) })
      expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
    }
  })

  test('takes what its JSON Schema takes, and nothing else', { timeout: 120_000 }, async () => {
    const { input } = await findOperation(name)
    const schema = inputJsonSchema(input)
    const isValid = ajv.compile(schema)
    let taken = 0
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        const said = isValid(value)
        // A list is refused before the schema is asked.
        const checked = v.safeParse(input, Array.isArray(value) ? null : value)
        if (checked.success) taken++
        if (said === checked.success) return
        const [issue] = checked.issues as [v.BaseIssue<unknown>]
        const what = JSON.stringify({ value, said, issue: issue?.message, errors: isValid.errors?.[0]?.message })
        expect(said && (BEYOND[name] ?? []).includes(issue?.message), what).toBe(true)
      }),
      { numRuns: 300 },
    )
    expect(taken).toBeGreaterThan(0)
  })

  test('has only the checks beyond its JSON Schema that are known', async () => {
    const { input } = await findOperation(name)
    const known = new Set(BEYOND[name])
    expect(checksOf(input).filter((message) => !known.has(message))).toEqual([])
    for (const message of BEYOND[name] ?? []) expect(messagesOf(input)).toContain(message)
  })
})

test('lengths are counted in code points by JSON Schema, in UTF-16 code units by operations', async () => {
  const { input } = await findOperation('get')
  const clefs = { id: '𝄞'.repeat(3_000) }
  expect(ajv.compile(inputJsonSchema(input))(clefs)).toBe(true)
  expect(v.safeParse(input, clefs).success).toBe(false)
})

test('what has a default may be left out of an input', async () => {
  const { input } = await findOperation('search')
  expect(inputJsonSchema(input)).toMatchObject({ required: ['query'], additionalProperties: false })
})

test('vectors are lists of numbers', async () => {
  const { output } = await findOperation('embeddings.get')
  expect(JSON.stringify(outputJsonSchema(output))).toContain('{"type":"array","items":{"type":"number"}')
})

/** Messages of the checks by code that stand in a schema's pipes. */
function checksOf(schema: unknown): string[] {
  return partsOf(schema).flatMap(({ type, message }) => (type === 'check' ? [String(message)] : []))
}

function messagesOf(schema: unknown): string[] {
  return partsOf(schema).flatMap(({ message }) => (typeof message === 'string' ? [message] : []))
}

interface Part {
  type?: string
  message?: unknown
}

function partsOf(value: unknown, seen = new Set<unknown>()): Part[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  const children = (Array.isArray(value) ? value : Object.values(value)) as unknown[]
  return [...(Array.isArray(value) ? [] : [value as Part]), ...children.flatMap((child) => partsOf(child, seen))]
}
