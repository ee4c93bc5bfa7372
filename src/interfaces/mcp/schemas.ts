import type { JsonSchema } from '../wire/json-schema.ts'

/**
 * A schema with `items` for every array: several clients refuse a tool whose arrays have `prefixItems` alone. A tuple of
 * one type is then an array of that type and length; the operation itself still checks it as the tuple that it is.
 */
export function plainTuples(schema: JsonSchema): JsonSchema {
  return rewrite(schema) as JsonSchema
}

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite)
  if (typeof value !== 'object' || value === null) return value
  const { prefixItems, ...others } = value as { prefixItems?: unknown[] }
  const rest = Object.fromEntries(Object.entries(others).map(([key, child]) => [key, rewrite(child)]))
  if (!Array.isArray(prefixItems)) return rest
  const items = distinct(prefixItems.map(rewrite))
  const length = prefixItems.length
  return { ...rest, items: items.length === 1 ? items[0] : { anyOf: items }, minItems: length, maxItems: length }
}

function distinct(schemas: readonly unknown[]): unknown[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()]
}
