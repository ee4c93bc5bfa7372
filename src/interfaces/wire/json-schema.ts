import type * as v from 'valibot'
import { toJsonSchema } from '../../vendor/json-schema.ts'

/** A JSON Schema of the draft 2020-12, which is what OpenAPI 3.1 and MCP speak. */
export type JsonSchema = Record<string, unknown>

/** What a caller may send: what has a default may be left out. */
export function inputJsonSchema(schema: v.GenericSchema): JsonSchema {
  return convert(schema, 'input')
}

/** What an answer looks like as JSON; typed arrays are arrays of numbers. */
export function outputJsonSchema(schema: v.GenericSchema): JsonSchema {
  return convert(schema, 'output')
}

function convert(schema: v.GenericSchema, typeMode: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...converted } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode,
    // A check by code has no schema; custom types bring theirs (`described` of operations/schemas.ts).
    errorMode: 'ignore',
  }) as JsonSchema
  return converted
}
