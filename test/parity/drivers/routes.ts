import { ROUTES, type Route } from '../../../src/interfaces/http/routes/table.ts'
import type { OperationName } from '../../../src/operations/table.ts'
import { type Driver, failed } from './driver.ts'
import { bearer, HOST, servedApp } from './http.ts'

/** Routes of one operation each that are not in the table: they do more than to pass it on. */
const OTHERS: readonly Route[] = [
  { operation: 'search.semantic', method: 'GET', path: '/api/search/semantic' },
  { operation: 'search.semantic', method: 'POST', path: '/api/search/semantic' },
  { operation: 'embeddings.get', method: 'GET', path: '/api/embeddings/:id' },
  { operation: 'jobs.start', method: 'POST', path: '/api/jobs' },
  // Their own addresses start a job.
  { operation: 'migrate', method: 'POST', path: '/api/operations/migrate' },
  { operation: 'migrate.rollback', method: 'POST', path: '/api/operations/migrate.rollback' },
]
const ALL = [...ROUTES, ...OTHERS]

type Input = Record<string, unknown>

/** The addresses that operations have of their own; of several that can say a call, each has its turn. */
export const routesDriver: Driver = {
  name: 'routes',
  leavesOut: {
    index: 'POST /api/index starts a job',
    'add.files': 'POST /api/collections/:collection/files takes the bytes as they are',
  },
  cannotSay(name, input) {
    if (Array.isArray(input)) return 'a path and a query string have fields'
    return requestsFor(name, input as Input).length > 0 ? null : 'a path and a query string are text'
  },
  async open(state) {
    const parts = state.openParts()
    const app = servedApp(parts)
    let key: string | null = null
    let turn = 0
    return {
      offers: async () => [...new Set(ALL.map(({ operation }) => operation))],
      async call(name, input) {
        const requests = requestsFor(name, input as Input)
        const { method, path, body } = requests[turn++ % requests.length] as Requested
        const headers = { ...HOST, ...bearer(key), ...(body && { 'content-type': 'application/json' }) }
        const response = await app.request(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
        // biome-ignore lint/suspicious/noExplicitAny: what it answers is only compared.
        const answer = (await response.json()) as any
        return response.ok ? { answer } : failed(answer.error)
      },
      takeKey: (taken) => {
        key = taken
      },
      close: () => parts.close(),
    }
  },
}

interface Requested {
  method: string
  path: string
  body: Input | null
}

/** Every way to say it. */
function requestsFor(name: OperationName, input: Input): Requested[] {
  return ALL.filter(({ operation }) => operation === name).flatMap((route) => {
    const flat = unwrap(route, input)
    return flat ? (requestFor(route, flat) ?? []) : []
  })
}

/** The input as the route has it: without what it sets by itself, and one item instead of a list. */
function unwrap({ fixed = {}, single, element }: Route, input: Input): Input | null {
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !(name in fixed)))
  if (Object.entries(fixed).some(([name, value]) => name in input && input[name] !== value)) return null
  const list = single?.list ?? element?.list
  if (list === undefined) return rest
  const { [list]: items, ...others } = rest
  if (!Array.isArray(items) || items.length !== 1) return null
  if (single) return { ...others, [single.item]: items[0] }
  // What is beside the document goes into the path alone.
  return Object.keys(others).every((name) => name === 'collection') ? { ...others, ...(items[0] as Input) } : null
}

function requestFor({ method, path: pattern }: Route, input: Input): Requested | null {
  const given: Input = pattern.includes(':collection') ? { collection: 'default', ...input } : input
  const inPath = [...pattern.matchAll(/:(\w+)/g)].map(([, name]) => name as string)
  if (!inPath.every((name) => typeof given[name] === 'string' && given[name] !== '')) return null
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(given[name] as string))
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !inPath.includes(name)))
  if (method === 'POST' || method === 'PUT' || method === 'PATCH') return { method, path, body: rest }
  const query = queryOf(rest)
  return query === null ? null : { method, path: query === '' ? path : `${path}?${query}`, body: null }
}

/** Null where a query string would say something else: it has texts alone, from which the schema makes the rest. */
function queryOf(fields: Input): string | null {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (Array.isArray(value) && value.length === 0) return null
    for (const item of [value].flat()) query.append(name, typeof item === 'object' ? JSON.stringify(item) : `${item}`)
    if (typeof value === 'number' && TEXTS.has(name)) return null
  }
  return query.toString()
}

const TEXTS = new Set(['query', 'id', 'name', 'collection', 'model', 'cursor'])
