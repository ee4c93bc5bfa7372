import type { JsonSchema } from '../../wire/json-schema.ts'
import type { OpenApiDocument } from '../openapi/shapes.ts'

export interface Field {
  name: string
  type: string
  required: boolean
  description: string
}

/** The fields of an object's schema, those of inner objects and lists by their paths: `hits[].lines`. */
export function fieldsOf(schema: JsonSchema, document: OpenApiDocument): Field[] {
  return collect(resolve(schema, document), document, '')
}

function collect(schema: JsonSchema, document: OpenApiDocument, before: string): Field[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] }
  return Object.entries(properties).flatMap(([name, given]) => {
    const field = resolve(given, document)
    const path = `${before}${name}`
    const own = {
      name: path,
      type: typeOf(field),
      required: required.includes(name),
      description: typeof field.description === 'string' ? field.description : '',
    }
    return [own, ...inner(field, document, path)]
  })
}

function inner(schema: JsonSchema, document: OpenApiDocument, path: string): Field[] {
  const alternatives = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined
  if (alternatives) return unique(alternatives.flatMap((each) => inner(resolve(each, document), document, path)))
  if (schema.type === 'object') return collect(schema, document, `${path}.`)
  const { items } = schema as { items?: JsonSchema | false }
  return items && typeof items === 'object' ? inner(resolve(items, document), document, `${path}[]`) : []
}

/** Alternatives of an object often share fields: each is shown once, as required where it is in all that name it. */
function unique(fields: readonly Field[]): Field[] {
  return [...Map.groupBy(fields, ({ name }) => name).values()].map((same) => ({
    ...(same[0] as Field),
    type: [...new Set(same.map(({ type }) => type))].join(' or '),
  }))
}

/** `integer, 1 to 1000, default 10` */
export function typeOf(schema: JsonSchema): string {
  const parts = [
    kindOf(schema),
    rangeOf(schema),
    'default' in schema ? `default ${JSON.stringify(schema.default)}` : '',
  ]
  return parts.filter(Boolean).join(', ')
}

function kindOf(schema: JsonSchema): string {
  const { type, const: constant, items, prefixItems } = schema
  const choices = schema.enum as unknown[] | undefined
  const alternatives = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined
  if (constant !== undefined) return JSON.stringify(constant)
  if (choices) return choices.map((each) => JSON.stringify(each)).join(', ')
  if (alternatives) return [...new Set(alternatives.map(kindOf))].join(' or ')
  if (Array.isArray(prefixItems)) return `[${prefixItems.map(kindOf).join(', ')}]`
  if (type === 'array')
    return `list of ${items && typeof items === 'object' ? kindOf(items as JsonSchema) : 'anything'}`
  if (typeof schema.$ref === 'string') return 'object'
  return Array.isArray(type) ? type.join(' or ') : typeof type === 'string' ? type : 'anything'
}

function rangeOf({ minimum, maximum, maxLength, maxItems }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`
  if (minimum !== undefined) return `at least ${minimum}`
  if (maximum !== undefined) return `at most ${maximum}`
  if (maxLength !== undefined) return `at most ${maxLength} characters`
  return maxItems === undefined ? '' : `at most ${maxItems}`
}

function resolve(schema: JsonSchema, document: OpenApiDocument): JsonSchema {
  if (typeof schema.$ref !== 'string') return schema
  const name = schema.$ref.replace('#/components/schemas/', '')
  const { schemas } = document.components as { schemas: Record<string, JsonSchema> }
  return schemas[name] ?? {}
}
