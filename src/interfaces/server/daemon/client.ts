import type { ClientRequest, IncomingMessage } from 'node:http'
import type { DebugEvent } from '../../../core/debug.ts'
import { SemdexError } from '../../../core/errors.ts'
import type { Progress } from '../../../operations/operation.ts'
import type { DaemonPlace } from './place.ts'
import { type CallMessage, type CallRequest, DAEMON_PATH } from './protocol.ts'
import type { DaemonState } from './state.ts'

/** As `require` gives it: an ESM import makes all that it exports, fetch among it, which costs as much as an empty Node. */
const { request } = process.getBuiltinModule('node:http')

/** Milliseconds in which a daemon that lives begins to answer: its event loop is never held up for long. */
const PATIENCE = 5_000

export interface CallListeners {
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
  onWarning?: (message: string) => void
  onDebug?: (event: DebugEvent) => void
}

/**
 * `refused`: there is no daemon that takes it. `lost`: it began, and ended before it answered. `own`: the answer depends on
 * what only the caller has.
 */
export type Unanswered = 'refused' | 'lost' | 'own'

/**
 * Has the daemon run an operation.
 * @throws {SemdexError} what the operation throws; `ABORTED` once the daemon has stopped what it did.
 */
export async function callDaemon(
  place: DaemonPlace,
  call: Omit<CallRequest, 'id'>,
  listeners: CallListeners,
): Promise<{ answer: unknown } | Unanswered> {
  const id = `${process.pid}-${performance.now()}`
  const cancel = () => void send(place, 'DELETE', `/calls/${id}`).catch(() => undefined)
  const response = await send(place, 'POST', '/calls', { ...call, id }).catch(() => null)
  if (response?.statusCode !== 200) {
    response?.destroy()
    return 'refused'
  }
  listeners.signal?.addEventListener('abort', cancel, { once: true })
  if (listeners.signal?.aborted) cancel()
  try {
    for await (const message of messages(response)) {
      if ('answer' in message) return message
      if ('own' in message) return 'own'
      if ('error' in message) throw SemdexError.fromJSON(message.error)
      if ('progress' in message) listeners.onProgress?.(message.progress)
      else if ('warning' in message) listeners.onWarning?.(message.warning)
      else if ('debug' in message) listeners.onDebug?.(message.debug)
    }
    return 'lost'
  } finally {
    listeners.signal?.removeEventListener('abort', cancel)
    response.destroy()
  }
}

/** What the daemon says of itself; null where none answers. */
export async function askDaemon(place: DaemonPlace): Promise<DaemonState | null> {
  const text = await exchange(place, 'GET', '')
  return text === null ? null : (JSON.parse(text) as DaemonState)
}

/** Whether it took notice. It ends when what is under way is done. */
export async function stopDaemon(place: DaemonPlace): Promise<boolean> {
  return (await exchange(place, 'POST', '/stop')) !== null
}

async function exchange(place: DaemonPlace, method: string, path: string): Promise<string | null> {
  try {
    const response = await send(place, method, path)
    let text = ''
    for await (const part of response.setEncoding('utf8')) text += part
    return response.statusCode === 200 ? text : null
  } catch {
    return null
  }
}

/** Resolves when the answer begins. */
function send({ socket }: DaemonPlace, method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', ...(body !== undefined && { 'content-type': 'application/json' }) }
    const options = { socketPath: socket, method, path: `${DAEMON_PATH}${path}`, headers, agent: false as const }
    const sent: ClientRequest = request(options, (response) => {
      clearTimeout(timer)
      resolve(response)
    })
    const timer = setTimeout(() => sent.destroy(new Error('The daemon does not answer.')), PATIENCE)
    sent.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** The lines; ends early where the connection does. */
async function* messages(response: IncomingMessage): AsyncGenerator<CallMessage> {
  const parts: string[] = []
  try {
    for await (const text of response.setEncoding('utf8') as AsyncIterable<string>) {
      const [first = '', ...others] = text.split('\n')
      parts.push(first)
      for (const next of others) {
        yield JSON.parse(parts.splice(0).join('')) as CallMessage
        parts.push(next)
      }
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error
  }
}
