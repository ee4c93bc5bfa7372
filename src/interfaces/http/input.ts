import { SemdexError } from '../../core/errors.ts'
import type { JsonSchema } from '../wire/json-schema.ts'
import { findOperation } from '../wire/operations.ts'

/**
 * The query string as fields of an operation's input, of the types that its JSON Schema says: numbers and booleans as
 * they are written, lists by repetition, objects as JSON. What is of another type, or no field, is left to the operation.
 * @throws {SemdexError} `INVALID_INPUT` for a field that is no list and is given twice, and for broken JSON
 */
export async function readQuery(query: URLSearchParams, operation: string): Promise<Record<string, unknown>> {
  const names = [...new Set(query.keys())]
  if (names.length === 0) return {}
  const properties = await propertiesOf(operation)
  return Object.fromEntries(names.map((name) => [name, readField(name, query.getAll(name), properties[name])]))
}

/**
 * One input from several places.
 * @throws {SemdexError} `INVALID_INPUT` where two places say the same field, and for a body that is no object
 */
export function joinInput(places: Record<string, unknown>): Record<string, unknown> {
  const from = new Map<string, string>()
  const fields: [string, unknown][] = []
  for (const [place, given] of Object.entries(places)) {
    if (given === undefined) continue
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw noObject(place)
    for (const [name, value] of Object.entries(given)) {
      const other = from.get(name)
      if (other !== undefined) throw twice(name, `in the ${other} and in the ${place}`)
      from.set(name, place)
      fields.push([name, value])
    }
  }
  return Object.fromEntries(fields)
}

const known = new Map<string, Record<string, JsonSchema>>()

/** The schemas of an operation's fields; the library that makes them is loaded for the first query string. */
async function propertiesOf(operation: string): Promise<Record<string, JsonSchema>> {
  const found = known.get(operation)
  if (found) return found
  const { inputJsonSchema } = await import('../wire/json-schema.ts')
  const { properties = {} } = inputJsonSchema((await findOperation(operation)).input)
  known.set(operation, properties as Record<string, JsonSchema>)
  return properties as Record<string, JsonSchema>
}

function readField(name: string, values: readonly string[], schema: JsonSchema | undefined): unknown {
  if (schema?.type === 'array') return values.map((value, at) => readValue(name, value, itemSchema(schema, at)))
  if (values.length > 1) throw twice(name, 'in the query string')
  return readValue(name, values[0] ?? '', schema)
}

function itemSchema({ items, prefixItems }: JsonSchema, at: number): JsonSchema | undefined {
  return Array.isArray(prefixItems) ? prefixItems[at] : (items as JsonSchema | undefined)
}

function readValue(name: string, value: string, schema: JsonSchema | undefined): unknown {
  const type = schema?.type ?? typeof schema?.const
  if (type === 'number' || type === 'integer')
    return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : value
  if (type === 'boolean') return { true: true, false: false }[value] ?? value
  return type === 'object' ? readJsonValue(name, value) : value
}

function readJsonValue(name: string, value: string): unknown {
  try {
    return JSON.parse(value)
  } catch (cause) {
    const message = `${name}: it is not JSON (${(cause as Error).message}).`
    throw new SemdexError('INVALID_INPUT', { message, details: { field: name }, cause })
  }
}

function noObject(place: string): SemdexError {
  return new SemdexError('INVALID_INPUT', { message: `The ${place} must be an object.`, details: { field: place } })
}

function twice(name: string, where: string): SemdexError {
  return new SemdexError('INVALID_INPUT', {
    message: `${name}: it is given twice, ${where}.`,
    fix: 'Say it once',
    details: { field: name },
  })
}
