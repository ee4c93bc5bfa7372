import type { ResolvedConfiguration } from '../core/configuration.ts'
import type { DebugEvent } from '../core/debug.ts'
import { SemdexError } from '../core/errors.ts'
import type { Parts, Storage } from '../core/parts.ts'
import { composeModels } from './models.ts'
import { switchOffTelemetry } from './telemetry.ts'

export interface PartsOptions {
  /** `threads`: models and SQLite run in threads of their own. `inline`: on the calling thread, for short-lived commands. */
  mode: 'inline' | 'threads'
  /** Told what works less well than it could. */
  onWarning?: (message: string) => void
  /** Told what happens, where the setting `log` is `debug`, or `debug` is true. */
  onDebug?: (event: DebugEvent) => void
  debug?: boolean
}

/** The adapters behind every use case. Nothing is opened before it is asked for. */
export function openParts(resolved: ResolvedConfiguration, options: PartsOptions): Parts {
  switchOffTelemetry()
  const { values: configuration, origins } = resolved
  const onDebug = options.debug || configuration.log === 'debug' ? options.onDebug : undefined
  const models = composeModels(resolved, { ...options, onDebug })
  let opened: Promise<Storage> | null = null
  let closed: Promise<void> | null = null
  const endings: (() => Promise<void>)[] = []

  async function openStorage(file: string, { readOnly = false } = {}): Promise<Storage> {
    const { openSqliteStorage } = await import('./storage.ts')
    const { synchronous, sqliteVec } = configuration
    const { mode, onWarning } = options
    return openSqliteStorage({
      file,
      mode,
      readOnly,
      synchronous,
      sqliteVec,
      warn: ({ message }) => onWarning?.(message),
    })
  }

  async function closeAll(): Promise<void> {
    await Promise.allSettled(endings.map((end) => end()))
    await models.close()
    const storage = await opened?.catch(() => null)
    await storage?.close()
  }

  return {
    configuration,
    origins,
    models,
    background: options.mode === 'threads',
    warn: (message) => options.onWarning?.(message),
    debug: (event) => onDebug?.(event),
    openStorage,
    async claimDatabase() {
      const { claimFile } = await import('../sqlite/claim.ts')
      return claimFile(configuration.database)
    },
    storage() {
      if (closed) return Promise.reject(closedError())
      if (!opened) {
        opened = openStorage(configuration.database)
        opened.catch(() => {
          opened = null
        })
      }
      return opened
    },
    async versions() {
      const { readVersions } = await import('./versions.ts')
      return readVersions()
    },
    async providers() {
      const { tryProviders } = await import('./providers.ts')
      return tryProviders(models, configuration)
    },
    beforeClose: (work) => void endings.push(work),
    close() {
      closed ??= closeAll()
      return closed
    },
  }
}

function closedError(): SemdexError {
  return new SemdexError('STORE_CLOSED', { message: 'This Semdex was closed; open it again.' })
}
