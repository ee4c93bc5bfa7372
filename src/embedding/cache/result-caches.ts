import type { CachedResult, ResultCache } from '../result-cache.ts'
import { createDiskStore, type DiskStoreOptions } from './disk-store.ts'
import { createMemoryStore } from './memory-store.ts'
import type { StoredResult } from './result-store.ts'

export interface ResultCacheSettings {
  /** The most vectors in memory, of all models together; 0: none. */
  entries: number
  /** What is kept beyond this process; null for nothing. */
  disk: DiskStoreOptions | null
}

/** The caches of all models, over one memory and one file: what is not in memory is looked for in the file. */
export function createResultCaches({ entries, disk }: ResultCacheSettings) {
  const memory = createMemoryStore(entries)
  const file = disk && createDiskStore(disk)

  async function find(keys: readonly string[]): Promise<(CachedResult | null)[]> {
    const found = await memory.get(keys)
    const missing = keys.flatMap((_, at) => (found[at] ? [] : [at]))
    if (!file || missing.length === 0) return found
    const stored = await file.get(missing.map((at) => keys[at] as string))
    for (const [row, at] of missing.entries()) found[at] = stored[row] ?? null
    await memory.set(missing.flatMap((at) => toStored(keys[at] as string, found[at] ?? null)))
    return found
  }

  return {
    /** The cache of one model. The file is closed with the last of them, and opened again when it is needed. */
    of(fingerprint: string): ResultCache {
      let release: (() => Promise<void>) | null = null
      const use = () => {
        release ??= file?.retain() ?? null
      }
      return {
        async get(variant, texts) {
          use()
          return find(await keysOf(fingerprint, variant, texts))
        },
        async set(variant, results) {
          use()
          const keys = await keysOf(
            fingerprint,
            variant,
            results.map(({ text }) => text),
          )
          const stored = results.map(({ result }, at) => ({ key: keys[at] as string, result }))
          await Promise.all([memory.set(stored), file?.set(stored)])
        },
        close: async () => release?.(),
      }
    },
  }
}

function toStored(key: string, result: CachedResult | null): StoredResult[] {
  return result ? [{ key, result }] : []
}

/** Characters of base64: 132 bits of a sha256. */
const KEY_LENGTH = 22

/** Takes some 3 µs for a passage; node:crypto is loaded here since a cold search does without it. */
async function keysOf(fingerprint: string, variant: string, texts: readonly string[]): Promise<string[]> {
  const { hash } = await import('node:crypto')
  const model = JSON.stringify([fingerprint, variant])
  return texts.map((text) => hash('sha256', model + text, 'base64').slice(0, KEY_LENGTH))
}
