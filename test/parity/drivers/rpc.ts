import { type Driver, failed } from './driver.ts'
import { jsonRequest, servedApp } from './http.ts'

/** `POST /rpc`, JSON-RPC 2.0. */
export const rpcDriver: Driver = {
  name: 'json-rpc',
  leavesOut: {},
  cannotSay: (_, input) => (Array.isArray(input) ? 'parameters are by name' : null),
  async open(state) {
    const parts = state.openParts()
    const app = servedApp(parts)
    let key: string | null = null
    const send = async (method: string, params: unknown) => {
      const response = await app.request('/rpc', jsonRequest({ jsonrpc: '2.0', id: 1, method, params }, key))
      // biome-ignore lint/suspicious/noExplicitAny: what it answers is only compared.
      return (await response.json()) as any
    }
    return {
      async offers() {
        const { result } = await send('rpc.discover', {})
        return result.methods.map(({ name }: { name: string }) => name)
      },
      async call(name, input) {
        const { result, error } = await send(name, input)
        return error ? failed(error.data) : { answer: result }
      },
      takeKey: (taken) => {
        key = taken
      },
      close: () => parts.close(),
    }
  },
}
