import * as v from 'valibot'
import { SemdexError } from '../../core/errors.ts'
import { inputJsonSchema, type JsonSchema, outputJsonSchema } from '../wire/json-schema.ts'
import { findOperation, OPERATION_NAMES } from '../wire/operations.ts'
import { readVersion } from '../wire/version.ts'

/**
 * The methods as an OpenRPC 1.3 document (spec.open-rpc.org).
 * @throws {SemdexError} `INVALID_INPUT`: it takes no parameters
 */
export async function discover(params: unknown) {
  const checked = v.safeParse(v.strictObject({}), params)
  if (!checked.success) {
    const field = v.getDotPath(checked.issues[0])
    throw new SemdexError('INVALID_INPUT', { message: 'rpc.discover takes no parameters.', details: { field } })
  }
  return {
    openrpc: '1.3.2',
    info: { title: 'Semdex', version: readVersion() },
    methods: await Promise.all(OPERATION_NAMES.map(describe)),
  }
}

async function describe(name: string) {
  const { summary, access, input, output } = await findOperation(name)
  const { properties = {}, required = [] } = inputJsonSchema(input) as InputSchema
  return {
    name,
    summary,
    paramStructure: 'by-name',
    params: Object.entries(properties).map(([field, schema]) => ({
      name: field,
      required: required.includes(field),
      schema,
    })),
    result: { name: 'answer', schema: outputJsonSchema(output) },
    'x-access': access,
  }
}

interface InputSchema {
  properties?: Record<string, JsonSchema>
  required?: string[]
}
