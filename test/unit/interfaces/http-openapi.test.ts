import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DescribedOperation, OpenApiDocument } from '../../../src/interfaces/http/openapi/shapes.ts'
import { OPERATION_NAMES } from '../../../src/interfaces/wire/operations.ts'
import { OPERATION_ERRORS } from '../../../src/operations/errors.ts'
import { openServed, type Served } from '../../support/served.ts'

let served: Served
let document: OpenApiDocument
beforeAll(async () => {
  served = openServed({ embeddings: false })
  document = (await served.request('GET', '/openapi.json')).body
})
afterAll(() => served.close())

const routes = (): [string, string, DescribedOperation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, DescribedOperation] => [
      method,
      path,
      operation,
    ]),
  )

describe('/openapi.json', () => {
  test('is valid by the official schema of OpenAPI 3.1', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(structuredClone(document) as Record<string, unknown>)
    expect(errors).toBe(undefined)
    expect([valid, validator.version]).toEqual([true, '3.1'])
    const { info, ...broken } = structuredClone(document)
    expect((await new Validator().validate(broken)).valid).toBe(false)
  })

  test('has only schemas that are valid JSON Schema', () => {
    const ajv = new Ajv2020({ strict: false })
    const { schemas } = document.components as { schemas: Record<string, object> }
    for (const [name, schema] of Object.entries(schemas))
      expect([name, ajv.validateSchema(schema)]).toEqual([name, true])
    for (const [, , { parameters = [], requestBody, responses }] of routes()) {
      const media = [requestBody, ...Object.values(responses)].flatMap((part) => Object.values(part?.content ?? {}))
      for (const { schema } of [...parameters, ...media]) if (schema) expect(ajv.validateSchema(schema)).toBe(true)
    }
  })

  test('names every operation, by a route of its own beside its name', () => {
    const named = new Map<string, string[]>()
    for (const [method, path, { 'x-operation': operation }] of routes()) {
      if (operation) named.set(operation, [...(named.get(operation) ?? []), `${method} ${path}`])
    }
    for (const name of OPERATION_NAMES) {
      expect(named.get(name)).toContain(`post /api/operations/${name}`)
      expect([name, (named.get(name)?.length ?? 0) > 1]).toEqual([name, true])
    }
    expect(Object.keys(OPERATION_ERRORS).sort()).toEqual([...OPERATION_NAMES].sort())
  })

  test('has every route that is served, and no other', async () => {
    const documented = new Set(routes().map(([method, path]) => `${method.toUpperCase()} ${path}`))
    const { createServedApp } = await import('../../../src/interfaces/server/app.ts')
    const app = createServedApp({ parts: served.parts, version: '', closing: new AbortController().signal })
    const answered = app.routes
      .filter(({ method, path }) => method !== 'ALL' && !UNDOCUMENTED.includes(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    for (const route of answered) if (!route.includes('/api/operations/')) expect(documented).toContain(route)
    for (const route of documented) {
      if (route.includes('/api/operations/') || ALL_METHODS.includes(route)) continue
      expect(answered).toContain(route)
    }
  })

  test('describes what errors a route answers, by the codes that there are', () => {
    const get = document.paths['/api/collections/{name}']?.get as DescribedOperation
    expect(get.responses['404']?.description).toBe('COLLECTION_NOT_FOUND')
    expect(get.responses['400']?.description).toBe('INVALID_INPUT')
    expect(get.responses['401']?.description).toBe('KEY_INVALID')
    expect(get.responses['429']?.headers).toHaveProperty('retry-after')
    expect(get.parameters).toMatchObject([{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }])
  })

  test('splits an input into path, query and body as the route does', () => {
    const put = document.paths['/api/collections/{collection}/documents/{id}']?.put as DescribedOperation
    const body = put.requestBody?.content['application/json']?.schema as { properties: object; required: string[] }
    expect(Object.keys(body.properties)).toEqual(['text', 'title', 'metadata', 'format', 'language', 'side'])
    expect(body.required).toEqual(['text'])
    expect(put.parameters?.map(({ name, in: place }) => `${place} ${name}`)).toEqual([
      ...['path collection', 'path id', 'query model', 'query codeModel', 'query wait'],
    ])
    const remove = document.paths['/api/collections/{collection}/documents/{id}']?.delete as DescribedOperation
    expect(remove.parameters?.map(({ name }) => name)).toEqual(['collection', 'id'])
    const list = document.paths['/api/collections/{collection}/documents']?.get as DescribedOperation
    const filter = list.parameters?.find(({ name }) => name === 'filter')
    expect(filter).toMatchObject({ in: 'query', content: { 'application/json': { schema: { type: 'object' } } } })
  })
})

/** Files of the web page. */
const UNDOCUMENTED = ['/', '/assets/:name']
/** It takes every method, and answers those of the protocol. */
const ALL_METHODS = ['POST /mcp']

describe('/docs', () => {
  test('is one page without scripts and without other hosts, under a strict policy', async () => {
    const { status, headers, body } = await served.request('GET', '/docs')
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'")
    expect(body).not.toMatch(/<script|\son\w+=|style="|src=/i)
    const links = [...body.matchAll(/href="([^"]*)"/g)].map(([, link]) => link as string)
    for (const link of links) expect(link).toMatch(/^(#|\/docs\/style\.css$|\/openapi\.json$)/)
    const targets = [...body.matchAll(/ id="([^"]*)"/g)].map(([, id]) => `#${id}`)
    expect(new Set(targets).size).toBe(targets.length)
    for (const link of links.filter((each) => each.startsWith('#'))) expect(targets).toContain(link)
    for (const [, path] of routes()) expect(body).toContain(`<code>${path}</code>`)
  })

  test('shows how to call each, and shows it as text', async () => {
    const { body } = await served.request('GET', '/docs')
    expect(body).toContain('curl &#39;http://')
    expect(body).toContain('&#34;')
    const style = await served.request('GET', '/docs/style.css')
    expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
    expect(style.body).not.toMatch(/@import|url\(/)
  })
})
