import { Ajv2020 } from 'ajv/dist/2020.js'
import { type JsonSchema, outputJsonSchema } from '../../src/interfaces/wire/json-schema.ts'
import type { OperationName } from '../../src/operations/table.ts'
import { load } from './drivers/operations.ts'

const ajv = new Ajv2020({ strict: true, allErrors: true })

/** Says what of an answer is not as the operation's output schema, with nothing beyond it; empty where all is. */
export async function answerValidator(name: OperationName): Promise<(answer: unknown) => string[]> {
  const validate = ajv.compile(closed(outputJsonSchema((await load(name)).output)))
  return (answer) => {
    validate(answer)
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  }
}

/** The same schema where objects with named properties take no others. */
function closed(schema: unknown): JsonSchema {
  if (Array.isArray(schema)) return schema.map(closed) as unknown as JsonSchema
  if (typeof schema !== 'object' || schema === null) return schema as unknown as JsonSchema
  const children = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...children, additionalProperties: false }
    : children
}
