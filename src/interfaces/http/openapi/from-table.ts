import { inputJsonSchema, type JsonSchema } from '../../wire/json-schema.ts'
import { type AnyOperation, findOperation } from '../../wire/operations.ts'
import { ROUTES, type Route } from '../routes/table.ts'
import { answerSchema, inputSchema } from './components.ts'
import { JSON_TYPE, type RouteDescription } from './description.ts'

/** What the table's routes say of themselves. */
export function describeTable(): Promise<RouteDescription[]> {
  return Promise.all(ROUTES.map(async (route) => describe(route, await findOperation(route.operation))))
}

/** An object's schema, as those of all inputs are. */
export interface ObjectSchema extends JsonSchema {
  properties?: Record<string, JsonSchema>
  required?: string[]
}

function describe(route: Route, operation: AnyOperation): RouteDescription {
  const { method, path, summary = operation.summary, status = 200 } = route
  const input = inputJsonSchema(operation.input) as ObjectSchema
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)
  const { parameters, rest, body } = split(input, route, names)
  const isRead = method === 'GET' || method === 'DELETE'
  const isWhole = names.length === 0 && !route.fixed
  return {
    ...{ method, path, summary, operation: route.operation },
    parameters,
    ...(isRead || body ? { query: rest } : {}),
    ...(body && { body: { [JSON_TYPE]: body } }),
    ...(!isRead &&
      !body &&
      Object.keys(input.properties ?? {}).length > 0 && {
        body: { [JSON_TYPE]: isWhole ? inputSchema(route.operation) : rest },
      }),
    answers: {
      [status]: { description: 'What it answers', content: { [JSON_TYPE]: answerSchema(route.operation) } },
    },
    ...(names.includes('model') && { errors: ['MODEL_UNKNOWN'] }),
  }
}

/** The input's fields by where they go: into the path, or elsewhere; `body` where it is one item of a list. */
function split(input: ObjectSchema, { element, single, fixed = {} }: Route, names: readonly string[]) {
  const list = element?.list ?? single?.list
  const items = list === undefined ? {} : ((input.properties?.[list]?.items ?? {}) as ObjectSchema)
  const ofItem = (name: string) => (element ? items.properties?.[name] : items) ?? {}
  const parameters = names.map((name) => {
    const isItem = name === (element?.item ?? single?.item)
    const { default: _, ...schema } = isItem ? ofItem(name) : (input.properties?.[name] ?? {})
    return [name, schema] as const
  })
  const taken = [...names, ...Object.keys(fixed), ...(list === undefined ? [] : [list])]
  const rest = without(input, single ? Object.keys(input.properties ?? {}) : taken)
  return { parameters: Object.fromEntries(parameters), rest, body: element && without(items, [element.item]) }
}

function without(schema: ObjectSchema, names: readonly string[]): ObjectSchema {
  const { properties = {}, required = [] } = schema
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name))),
    required: required.filter((name) => !names.includes(name)),
  }
}
