import type { Parts } from '../../../core/parts.ts'
import type { ModelState } from '../model-state.ts'
import type { RequestSummary } from '../server-parts.ts'

/** Counts requests, and says all figures of the server in the text format of Prometheus. */
export interface Monitor {
  /** Notes that a request began; it is in work until `end` is told of it. */
  begin(): void
  end(request: RequestSummary): void
  read(): Promise<{ contentType: string; text: string }>
}

/** The library is loaded once the first request was answered: neither the start nor that request waits for it. */
export function openMonitor(parts: Parts, modelState: () => Promise<ModelState>): Monitor {
  let inWork = 0
  let loading: Promise<typeof import('./registry.ts')> | null = null
  let opened: ReturnType<typeof import('./registry.ts')['openRegistry']> | null = null

  async function registry() {
    loading ??= import('./registry.ts')
    const { openRegistry } = await loading
    opened ??= openRegistry({ parts, modelState, inWork: () => inWork })
    return opened
  }

  return {
    begin() {
      inWork++
    },
    end(request) {
      inWork--
      if (opened) opened.count(request)
      else void registry().then(({ count }) => count(request))
    },
    read: async () => (await registry()).read(),
  }
}
