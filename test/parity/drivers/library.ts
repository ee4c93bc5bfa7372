import { toSemdexError } from '../../../src/core/errors.ts'
import { open, type Semdex } from '../../../src/interfaces/library/semdex.ts'
import { OPERATION_NAMES } from '../../../src/interfaces/wire/operations.ts'
import type { OperationName } from '../../../src/operations/table.ts'
import { type Driver, failed, saysAll } from './driver.ts'

// biome-ignore lint/suspicious/noExplicitAny: inputs are wrong on purpose; answers are only compared.
type Any = any

interface Method {
  /** Where it is: `search`, `models.pull`. */
  path: string
  /** The input's fields that are arguments of their own; the rest are options, where it takes any. */
  positional: readonly string[]
  options?: boolean
  /** Inputs that the method is not for. */
  unless?: (input: Any) => boolean
  shape?: (answer: Any) => unknown
}

/** Operations that have a method of their own; the others are called by their names. */
const METHODS: Partial<Record<OperationName, Method>> = {
  search: { path: 'search', positional: ['query'], options: true },
  index: { path: 'index', positional: ['paths'], options: true },
  add: { path: 'add', positional: ['documents'], options: true, unless: ({ documents }) => documents === undefined },
  delete: {
    path: 'delete',
    positional: ['ids'],
    options: true,
    unless: ({ ids }) => ids === undefined,
    shape: ({ deleted }) => deleted,
  },
  documents: { path: 'listDocuments', positional: [], options: true },
  get: { path: 'get', positional: ['id'], options: true, unless: ({ id }) => id === undefined },
  status: { path: 'status', positional: [] },
  embed: { path: 'embedBatch', positional: ['texts'], options: true, shape: embeddings },
  rerank: { path: 'rerank', positional: ['query', 'passages'], options: true },
  metrics: { path: 'metrics', positional: [] },
  collections: { path: 'collections.list', positional: [], shape: ({ collections }) => collections },
  'collections.get': { path: 'collections.get', positional: ['name'] },
  'collections.create': { path: 'collections.create', positional: ['name'], options: true },
  'collections.drop': { path: 'collections.drop', positional: ['name'] },
  models: { path: 'models.list', positional: [], shape: ({ models }) => models },
  'models.show': { path: 'models.show', positional: ['model'] },
  'models.pull': { path: 'models.pull', positional: ['model'] },
  'models.add': { path: 'models.add', positional: ['path'], options: true },
  'models.remove': { path: 'models.remove', positional: ['model'] },
  'models.verify': { path: 'models.verify', positional: ['model'] },
}

/** The class that `open` gives: its methods, and `call` for what they cannot say. */
export const libraryDriver: Driver = {
  name: 'library',
  leavesOut: {},
  cannotSay: saysAll,
  async open({ environment }) {
    const { SEMDEX_DB, SEMDEX_CACHE, SEMDEX_DAEMON_FOLDER } = environment as Record<string, string>
    const places = { database: SEMDEX_DB, cacheDirectory: SEMDEX_CACHE, daemonFolder: SEMDEX_DAEMON_FOLDER }
    const db = await open({ ...(places as Required<typeof places>), workers: 1, offline: true, daemon: false })
    return {
      offers: async () => OPERATION_NAMES,
      async call(name, input) {
        try {
          const method = methodFor(name, input)
          const answer = await (method
            ? callMethod(db, method, input as Record<string, unknown>)
            : db.call(name, input as never))
          // The library's own way to say it: no error, but nothing.
          if (name === 'get' && answer === null) return { error: { code: 'DOCUMENT_NOT_FOUND', field: null } }
          return { answer }
        } catch (thrown) {
          return failed(toSemdexError(thrown))
        }
      },
      shape(name, answer, input) {
        if (name === 'config') return givenAsOptions(answer)
        return methodFor(name, input)?.shape?.(answer) ?? answer
      },
      close: () => db.close(),
    }
  },
}

function methodFor(name: OperationName, input: Any): Method | null {
  const method = METHODS[name]
  if (!method || Array.isArray(input) || method.unless?.(input)) return null
  const hasOptions = Object.keys(input).some((key) => !method.positional.includes(key))
  return hasOptions && !method.options ? null : method
}

function callMethod(
  db: Semdex,
  { path, positional, options }: Method,
  input: Record<string, unknown>,
): Promise<unknown> {
  const owner = path
    .split('.')
    .slice(0, -1)
    .reduce((object: Any, key) => object[key], db)
  const rest = Object.fromEntries(Object.entries(input).filter(([key]) => !positional.includes(key)))
  const args = [...positional.map((key) => input[key]), ...(options ? [rest] : [])]
  return owner[path.split('.').at(-1) as string](...args)
}

/** One by one, each with its model. */
function embeddings({ model, dimensions, results }: Any) {
  return results.map(({ embedding, ...result }: Any) =>
    result.ok ? { ...result, vector: embedding, model, dimensions } : result,
  )
}

/** What the others find in their environment, the library is given as options. */
function givenAsOptions({ settings }: Any) {
  const origin = (each: Any) => (each.origin === 'environment' ? 'flag' : each.origin)
  return { settings: settings.map((each: Any) => ({ ...each, origin: origin(each) })) }
}
