import { SemdexError, throwIfAborted } from '../core/errors.ts'
import { closedError } from './closed.ts'
import type { PoolOptions, SqlitePool, StorageModule } from './procedures.ts'

/** Opens the database of a module that exports a `StorageModule` as its default, given by its URL. */
export async function openPool(moduleUrl: string, options: PoolOptions): Promise<SqlitePool> {
  if (options.mode === 'inline') return openInline(moduleUrl, options)
  const { openThreads } = await import('./threads.ts')
  return openThreads(moduleUrl, options)
}

async function openInline(moduleUrl: string, { warn, ...options }: PoolOptions): Promise<SqlitePool> {
  const [{ openSession }, { default: module }] = await Promise.all([
    import('./session.ts'),
    import(moduleUrl) as Promise<{ default: StorageModule }>,
  ])
  const session = openSession(module, options)
  for (const warning of session.warnings) warn?.(SemdexError.fromJSON(warning))
  let open = true
  const call = async (kind: 'read' | 'write', name: string, args: unknown, signal?: AbortSignal) => {
    throwIfAborted(signal)
    if (!open) throw closedError()
    return session.run(kind, name, args)
  }
  return {
    file: options.file,
    readOnly: session.readOnly,
    read: (name, args, signal) => call('read', name, args, signal),
    write: (name, args, signal) => call('write', name, args, signal),
    async close() {
      if (open) session.close()
      open = false
    },
  }
}
