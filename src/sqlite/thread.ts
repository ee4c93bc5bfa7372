import { parentPort, workerData } from 'node:worker_threads'
import { type ErrorAnswer, toSemdexError } from '../core/errors.ts'
import { giveWay } from '../threads/give-way.ts'
import type { ConnectionOptions } from './connection.ts'
import type { StorageModule } from './procedures.ts'
import { type Kind, openSession } from './session.ts'

export interface ThreadData {
  options: ConnectionOptions
}

export interface Job {
  id: number
  kind: Kind | 'close'
  name: string
  args: unknown
}

export type Reply = { id: number; ok: true; value: unknown } | { id: number; ok: false; error: ErrorAnswer }

/** The answer to the job that nobody sent: the thread is ready. */
const READY = 0

/** Serves a database from this thread: all that the entry of a thread does. */
export function serveThread(module: StorageModule): void {
  const port = parentPort
  if (!port) return
  const { options } = workerData as ThreadData
  giveWay()
  try {
    const session = openSession(module, options)
    port.on('message', (job: Job) => {
      if (job.kind === 'close') {
        session.close()
        port.close()
        return
      }
      const { id, kind, name, args } = job
      const reply = answer(id, () => session.run(kind, name, args))
      if (kind === 'upkeep') settle(reply).then((settled) => port.postMessage(settled))
      else port.postMessage(reply)
    })
    const { readOnly, warnings } = session
    port.postMessage({ id: READY, ok: true, value: { readOnly, warnings } } satisfies Reply)
  } catch (thrown) {
    port.postMessage(answer(READY, () => raise(thrown)))
    port.close()
  }
}

function answer(id: number, work: () => unknown): Reply {
  try {
    return { id, ok: true, value: work() }
  } catch (thrown) {
    return { id, ok: false, error: toSemdexError(thrown).toJSON() }
  }
}

/** The reply once the value that it promises is there. */
async function settle(reply: Reply): Promise<Reply> {
  if (!reply.ok) return reply
  try {
    return { ...reply, value: await reply.value }
  } catch (thrown) {
    return answer(reply.id, () => raise(thrown))
  }
}

function raise(thrown: unknown): never {
  throw thrown
}
