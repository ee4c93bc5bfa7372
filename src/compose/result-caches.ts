import { join } from 'node:path'
import type { Configuration } from '../core/configuration.ts'
import type { ResultCache } from '../embedding/result-cache.ts'

type Settings = Pick<Configuration, 'resultCache' | 'resultCacheOnDisk' | 'cacheDirectory' | 'database'>

/**
 * What opens the cache of a model by its fingerprint; null where nothing is kept. A command that ends with its answer keeps
 * nothing in memory.
 */
export function composeResultCaches(settings: Settings, mode: 'inline' | 'threads') {
  const entries = mode === 'threads' ? settings.resultCache : 0
  const file = join(settings.cacheDirectory, 'vectors-1.db')
  const disk = settings.resultCacheOnDisk && file !== settings.database ? { file, mode } : null
  let caches: Promise<{ of: (fingerprint: string) => ResultCache }> | null = null
  return async (fingerprint: string): Promise<ResultCache | null> => {
    if (entries === 0 && !disk) return null
    caches ??= import('../embedding/cache/result-caches.ts').then(({ createResultCaches }) =>
      createResultCaches({ entries, disk }),
    )
    return (await caches).of(fingerprint)
  }
}
