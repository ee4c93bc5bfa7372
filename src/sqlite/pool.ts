import { SemdexError, throwIfAborted } from '../core/errors.ts'
import type { Aside } from './aside.ts'
import { closedError } from './closed.ts'
import type { PoolOptions, SqlitePool, StorageModule } from './procedures.ts'
import type { Kind } from './session.ts'

/** A module that exports a `StorageModule` as its default, and one that hands that to `serveThread`. */
export interface ModuleSource {
  /** What threads run. */
  thread: URL
  load: () => Promise<{ default: StorageModule }>
}

/** Opens the database that a module describes. */
export async function openPool(source: ModuleSource, options: PoolOptions): Promise<SqlitePool> {
  if (options.mode === 'inline') return openInline(source, options)
  const { openThreads } = await import('./threads.ts')
  return openThreads(source.thread, options)
}

async function openInline({ load, thread }: ModuleSource, { warn, ...options }: PoolOptions): Promise<SqlitePool> {
  const [{ openSession }, { default: module }] = await Promise.all([import('./session.ts'), load()])
  const session = openSession(module, options)
  for (const warning of session.warnings) warn?.(SemdexError.fromJSON(warning))
  let open = true
  let aside: Aside | null = null
  const call = async (kind: Kind, name: string, args: unknown, signal?: AbortSignal) => {
    throwIfAborted(signal)
    if (!open) throw closedError()
    return session.run(kind, name, args)
  }
  return {
    file: options.file,
    readOnly: session.readOnly,
    read: (name, args, signal) => call('read', name, args, signal),
    scan: (name, args, signal) => call('read', name, args, signal),
    write: (name, args, signal) => call('write', name, args, signal),
    async upkeep(where, name, args, signal) {
      if (where === 'alone') return call('upkeep', name, args, signal)
      if (!open) throw closedError()
      const { openAside } = await import('./aside.ts')
      aside ??= openAside(thread, options)
      return aside.run(name, args, signal)
    },
    async close() {
      await aside?.close()
      if (open) session.close()
      open = false
    },
  }
}
