import type { Access } from '../../../operations/operation.ts'
import { inputJsonSchema, type JsonSchema } from '../../wire/json-schema.ts'
import { findOperation } from '../../wire/operations.ts'
import { portableSchema } from '../../wire/portable-schema.ts'
import { describeOperations } from './by-name.ts'
import { operationSchemas } from './components.ts'
import { type DescribedAnswer, JSON_TYPE, type RouteDescription } from './description.ts'
import { EXAMPLES, type Example } from './examples.ts'
import { describeFailures, ERROR_SCHEMA } from './failures.ts'
import { GROUPS, groupOf } from './groups.ts'
import { describeRoutes } from './routes.ts'
import type { DescribedOperation, DescribedParameter, DescribedResponse, Media, OpenApiDocument } from './shapes.ts'

/** What the server answers, made from its tables and schemas. */
export async function openApiDocument(version: string): Promise<OpenApiDocument> {
  const paths: OpenApiDocument['paths'] = {}
  for (const route of [...(await describeRoutes()), ...(await describeOperations())]) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] = await describeOperation(route)
  }
  const document: OpenApiDocument = {
    openapi: '3.1.1',
    info: { title: 'Semdex', version, summary: SUMMARY, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'Where this document came from' }],
    security: [{}, { bearer: [] }],
    tags: GROUPS.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: BEARER } },
      schemas: { Error: ERROR_SCHEMA, ...(await operationSchemas()) },
    },
  }
  return portableSchema(document) as OpenApiDocument
}

const SUMMARY = 'Local embeddings and semantic search'
const BEARER = 'A key, where the server has keys (semdex keys create). Its scope is read, write or admin.'

async function describeOperation(route: RouteDescription): Promise<DescribedOperation> {
  const { method, path, summary, details, operation, body } = route
  const access = route.access === undefined ? await accessOf(route) : route.access
  const example = EXAMPLES[`${method} ${path}`]
  const parameters = describeParameters(route, await pathSchemas(route), example)
  const scope = access === null ? 'Open to all.' : `Scope: ${access}.`
  return {
    operationId: operationId(method, path),
    tags: [groupOf(path)],
    summary,
    description: details ? `${details} ${scope}` : scope,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: describeBody(body, example) }),
    responses: { ...describeAnswers(route.answers, example), ...describeFailures(route, access) },
    ...(access === null && { security: [] }),
    ...(operation && { 'x-operation': operation }),
    'x-access': access,
  }
}

async function accessOf({ operation }: RouteDescription): Promise<Access> {
  return operation ? (await findOperation(operation)).access : 'read'
}

/** `get_api_collections_name` */
function operationId(method: string, path: string): string {
  return `${method.toLowerCase()}${path.replaceAll(/[^\w]+/g, '_')}`
}

/** What the path's parameters are, where the route does not say, is what the operation's fields of these names are. */
async function pathSchemas({ operation, parameters }: RouteDescription): Promise<Record<string, JsonSchema>> {
  if (parameters || !operation) return parameters ?? {}
  const { properties = {} } = inputJsonSchema((await findOperation(operation)).input)
  const fields = Object.entries(properties as Record<string, JsonSchema>)
  return Object.fromEntries(fields.map(([name, { default: _, ...schema }]) => [name, schema]))
}

function describeParameters(
  route: RouteDescription,
  parameters: Record<string, JsonSchema>,
  example: Example | undefined,
): DescribedParameter[] {
  const { query = {}, headers = {}, path } = route
  const { properties = {}, required = [] } = query as { properties?: Record<string, JsonSchema>; required?: string[] }
  const given: Record<string, unknown> = { ...example?.parameters, ...example?.query }
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)
  const make = (name: string, place: DescribedParameter['in'], isRequired: boolean, schema: JsonSchema) =>
    describeParameter({ name, in: place, required: isRequired }, schema, given[name])
  return [
    ...names.map((name) => make(name, 'path', true, { type: 'string', minLength: 1, ...parameters[name] })),
    ...Object.entries(properties).map(([name, schema]) => make(name, 'query', required.includes(name), schema)),
    ...Object.entries(headers).map(([name, schema]) => make(name, 'header', false, schema)),
  ]
}

/** An object in a query string is JSON; lists are repeated, as they are by default. */
function describeParameter(
  parameter: DescribedParameter,
  { description, ...schema }: JsonSchema,
  example: unknown,
): DescribedParameter {
  return {
    ...parameter,
    ...(typeof description === 'string' && { description }),
    ...(schema.type === 'object' ? { content: { [JSON_TYPE]: { schema } } } : { schema }),
    ...(example !== undefined && schema.type !== 'object' && { example }),
  }
}

function describeBody(body: Record<string, JsonSchema>, example: Example | undefined) {
  const content = Object.entries(body).map(([type, schema]) => [type, describeMedia(type, schema, example?.body)])
  return { required: true, content: Object.fromEntries(content) as Record<string, Media> }
}

function describeAnswers(answers: Record<number, DescribedAnswer>, example: Example | undefined) {
  const described = Object.entries(answers).map(([status, { description, content, headers }]) => {
    const shown = example?.status === Number(status) ? example.answer : undefined
    const media = Object.entries(content ?? {}).map(([type, schema]) => [type, describeMedia(type, schema, shown)])
    return [
      status,
      {
        description,
        ...(headers && { headers: Object.fromEntries(Object.entries(headers).map(describeHeader)) }),
        ...(content && { content: Object.fromEntries(media) }),
      },
    ]
  })
  return Object.fromEntries(described) as Record<string, DescribedResponse>
}

function describeHeader([name, { description, ...schema }]: [string, JsonSchema]) {
  return [name, { ...(typeof description === 'string' && { description }), schema }]
}

function describeMedia(type: string, schema: JsonSchema, example: unknown): Media {
  const isShown = example !== undefined && (type === JSON_TYPE) === (typeof example !== 'string')
  return { schema, ...(isShown && { example }) }
}
