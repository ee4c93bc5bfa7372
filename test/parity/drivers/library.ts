import { toSemdexError } from '../../../src/core/errors.ts'
import { open, type Semdex } from '../../../src/interfaces/library/semdex.ts'
import type { OperationName } from '../../../src/operations/table.ts'
import { type Driver, failed } from './driver.ts'

// biome-ignore lint/suspicious/noExplicitAny: inputs are wrong on purpose; answers are only compared.
type Any = any

interface Method {
  /** Where it is: `search`, `models.pull`. */
  path: string
  /** The names of the input's fields that are arguments of their own; the rest are options. */
  positional: readonly string[]
  options?: boolean
  shape?: (answer: Any) => unknown
}

/** How the library says each operation. */
const METHODS: Partial<Record<OperationName, Method>> = {
  search: { path: 'search', positional: ['query'], options: true },
  index: { path: 'index', positional: ['paths'], options: true },
  add: { path: 'add', positional: ['documents'], options: true },
  delete: { path: 'delete', positional: ['ids'], options: true, shape: ({ deleted }) => deleted },
  get: { path: 'get', positional: ['id'], options: true },
  status: { path: 'status', positional: [] },
  embed: { path: 'embedBatch', positional: ['texts'], options: true, shape: embeddings },
  rerank: { path: 'rerank', positional: ['query', 'passages'], options: true },
  metrics: { path: 'metrics', positional: [] },
  models: { path: 'models.list', positional: [], shape: ({ models }) => models },
  'models.show': { path: 'models.show', positional: ['model'] },
  'models.pull': { path: 'models.pull', positional: ['model'] },
  'models.add': { path: 'models.add', positional: ['path'], options: true },
  'models.remove': { path: 'models.remove', positional: ['model'] },
  'models.verify': { path: 'models.verify', positional: ['model'] },
}

/** The class that `open` gives. */
export const libraryDriver: Driver = {
  name: 'library',
  leavesOut: {
    'index.plan': 'a program that wants to know what an index run would do runs it',
    collections: 'db.status() lists them',
    'collections.create': 'db.add() and db.index() make what is missing',
    'collections.drop': 'of a program that owns its database, the file goes as a whole',
    eval: 'a tool for people: semdex eval',
    'bench.embed': 'a tool for people: semdex bench embed',
    doctor: 'a tool for people: semdex doctor',
    config: 'a program knows what it opened',
  },
  cannotSay(name, input) {
    const { positional = [], options = false } = METHODS[name] ?? {}
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return 'a method has its arguments'
    const rest = Object.keys(input).filter((key) => !positional.includes(key))
    if (name === 'get' && !('id' in input)) return 'db.get() takes ids alone'
    return rest.length > 0 && !options ? 'the method takes no options' : null
  },
  async open({ environment }) {
    const { SEMDEX_DB: database, SEMDEX_CACHE: cacheDirectory } = environment as Record<string, string>
    const db = await open({ database, cacheDirectory, workers: 1, offline: true })
    return {
      offers: async () => Object.keys(METHODS).concat(libraryDriver.leavesOut ? unlisted(db) : []),
      async call(name, input) {
        try {
          const answer = await method(db, name, input as Record<string, unknown>)
          // The library's own way to say it: no error, but nothing.
          if (name === 'get' && answer === null) return { error: { code: 'DOCUMENT_NOT_FOUND', field: null } }
          return { answer }
        } catch (thrown) {
          return failed(toSemdexError(thrown))
        }
      },
      shape: (name, answer) => METHODS[name]?.shape?.(answer) ?? answer,
      close: () => db.close(),
    }
  },
}

function method(db: Semdex, name: OperationName, input: Record<string, unknown>): Promise<unknown> {
  const { path, positional, options } = METHODS[name] as Method
  const { object, call } = find(db, path)
  const rest = Object.fromEntries(Object.entries(input).filter(([key]) => !positional.includes(key)))
  return call?.apply(object, [...positional.map((key) => input[key]), ...(options ? [rest] : [])])
}

/** Methods that are there under the name of an operation, though METHODS has none for it. */
function unlisted(db: Semdex): string[] {
  return Object.keys(libraryDriver.leavesOut).filter((name) => typeof find(db, name).call === 'function')
}

function find(db: Semdex, path: string): { object: Any; call: Any } {
  return path.split('.').reduce<{ object: Any; call: Any }>(({ call }, key) => ({ object: call, call: call?.[key] }), {
    object: null,
    call: db,
  })
}

/** One by one, each with its model. */
function embeddings({ model, dimensions, results }: Any) {
  return results.map(({ embedding, ...result }: Any) =>
    result.ok ? { ...result, vector: embedding, model, dimensions } : result,
  )
}
