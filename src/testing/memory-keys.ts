import { KEY_TOUCH_INTERVAL, type KeyRecord, type KeyStore } from '../core/ports/key-store.ts'
import { assertOpen, fail, type MemoryState } from './memory-state.ts'

export function memoryKeys(state: MemoryState): KeyStore {
  const find = (id: string) => {
    assertOpen(state)
    return state.keys.find((key) => key.id === id)
  }
  return {
    async createKey(given) {
      if (find(given.id)) throw fail('INVALID_INPUT')
      const key: KeyRecord = { ...given, lastUsedAt: null, revokedAt: null }
      state.keys.push(key)
      return structuredClone(key)
    },
    async key(id) {
      return structuredClone(find(id) ?? null)
    },
    async keys() {
      assertOpen(state)
      return structuredClone(state.keys).sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    },
    async revokeKey(id, at) {
      const key = find(id)
      if (key) key.revokedAt ??= at
      return structuredClone(key ?? null)
    },
    async touchKey(id, at) {
      const key = find(id)
      if (key && (key.lastUsedAt === null || at >= key.lastUsedAt + KEY_TOUCH_INTERVAL)) key.lastUsedAt = at
    },
  }
}
