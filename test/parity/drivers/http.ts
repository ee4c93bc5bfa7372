import type { Parts } from '../../../src/core/parts.ts'
import { createServedApp } from '../../../src/interfaces/server/app.ts'
import { type Driver, failed, saysAll } from './driver.ts'

/** `POST /api/operations/<name>`. */
export const httpDriver: Driver = {
  name: 'http',
  leavesOut: {},
  cannotSay: saysAll,
  async open(state) {
    const parts = state.openParts()
    const app = servedApp(parts)
    let key: string | null = null
    const post = async (name: string, input: unknown) => {
      const response = await app.request(`/api/operations/${name}`, jsonRequest(input, key))
      // biome-ignore lint/suspicious/noExplicitAny: what it answers is only compared.
      return { status: response.status, body: (await response.json()) as any }
    }
    return {
      offers: async () => (await post('none', {})).body.error.details.known,
      async call(name, input) {
        const { status, body } = await post(name, input)
        return status === 200 ? { answer: body } : failed(body.error)
      },
      takeKey: (taken) => {
        key = taken
      },
      close: () => parts.close(),
    }
  },
}

export function servedApp(parts: Parts) {
  return createServedApp({ parts, version: '0.0.0', closing: new AbortController().signal })
}

export function jsonRequest(body: unknown, key: string | null = null) {
  const headers = { ...HOST, 'content-type': 'application/json', accept: 'application/json', ...bearer(key) }
  return { method: 'POST', headers, body: JSON.stringify(body) }
}

export const HOST = { host: '127.0.0.1:7333' }

export function bearer(key: string | null): Record<string, string> {
  return key === null ? {} : { authorization: `Bearer ${key}` }
}
