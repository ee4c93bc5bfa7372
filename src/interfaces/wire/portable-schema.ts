import type { JsonSchema } from './json-schema.ts'

/**
 * A schema that every client takes; the operation itself still checks its input as it is. Several refuse a tool whose
 * arrays have no `items`, so a tuple is an array of its types and length; a schema of anything is `true`.
 */
export function portableSchema(schema: JsonSchema): JsonSchema {
  return rewrite(schema) as JsonSchema
}

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite)
  if (typeof value !== 'object' || value === null) return value
  const { prefixItems, ...others } = value as { prefixItems?: unknown[] }
  const rest = Object.fromEntries(Object.entries(others).map(([key, child]) => [key, rewriteMember(key, child)]))
  if (!Array.isArray(prefixItems)) return rest
  const items = distinct(prefixItems.map(rewrite))
  const length = prefixItems.length
  return { ...rest, items: items.length === 1 ? items[0] : { anyOf: items }, minItems: length, maxItems: length }
}

function rewriteMember(key: string, child: unknown): unknown {
  const isAnything = typeof child === 'object' && child !== null && Object.keys(child).length === 0
  return key === 'additionalProperties' && isAnything ? true : rewrite(child)
}

function distinct(schemas: readonly unknown[]): unknown[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()]
}
