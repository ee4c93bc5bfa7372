import { connect, type SemdexClient } from '../../../src/interfaces/client/index.ts'
import { OPERATION_NAMES } from '../../../src/interfaces/wire/operations.ts'
import type { OperationName } from '../../../src/operations/table.ts'
import { type Driver, failed, saysAll } from './driver.ts'
import { HOST, servedApp } from './http.ts'

/** Where an operation's method is, where that is not its own name. */
const METHODS: Partial<Record<OperationName, string>> = {
  'search.semantic': 'searchSemantic',
  'index.plan': 'planIndex',
  eval: 'evaluate',
  add: 'documents.add',
  delete: 'documents.delete',
  documents: 'documents.list',
  get: 'documents.get',
  collections: 'collections.list',
  models: 'models.list',
  keys: 'keys.list',
  jobs: 'jobs.list',
}

/** `semdex/client`: its methods, and `call` for operations that have none. */
export const clientDriver: Driver = {
  name: 'client',
  leavesOut: {},
  cannotSay: saysAll,
  async open(state) {
    const parts = state.openParts()
    const app = servedApp(parts)
    let key = ''
    const client = connect({
      url: `http://${HOST.host}`,
      key: () => key,
      timeout: 0,
      fetch: async (url, init) => {
        const headers = new Headers(init?.headers)
        headers.set('host', HOST.host)
        return app.request(url as string, { ...init, headers })
      },
    })
    return {
      offers: async () => OPERATION_NAMES,
      async call(name, input) {
        try {
          const method = methodOf(client, name)
          return { answer: await (method ? method(input) : client.call(name, input as never)) }
        } catch (thrown) {
          return failed(thrown as { code: string })
        }
      },
      takeKey: (taken) => {
        key = taken
      },
      close: () => parts.close(),
    }
  },
}

type Method = (input: unknown) => Promise<unknown>

function methodOf(client: SemdexClient, name: OperationName): Method | null {
  const path = (METHODS[name] ?? name).split('.')
  const found = path.reduce<unknown>((owner, part) => (owner as Record<string, unknown> | undefined)?.[part], client)
  return typeof found === 'function' ? (found as Method) : null
}
