import { AsyncLocalStorage } from 'node:async_hooks'
import type { DebugEvent } from '../../../core/debug.ts'
import { SemdexError, toSemdexError } from '../../../core/errors.ts'
import type { Parts } from '../../../core/parts.ts'
import type { Progress } from '../../../operations/operation.ts'
import { callOperation } from '../../wire/call.ts'
import type { CallMessage, CallRequest } from './protocol.ts'

/** The operations that command lines have the daemon run. */
export interface Calls {
  /** A request's answer: a line of JSON for each message, the last with the answer or the error. */
  run(call: CallRequest, connection: AbortSignal, parts: Parts): Response
  cancel(id: string): void
  /** Where the code that asks is part of a call: what only its caller can hear. */
  current(): Listener | null
}

interface Listener {
  warn(message: string): void
  debug(event: DebugEvent): void
  /** The call depends on something that is the caller's own: nothing of its answer counts. */
  leaveToCaller(): void
}

export function createCalls(): Calls {
  const underWay = new Map<string, AbortController>()
  const listeners = new AsyncLocalStorage<Listener>()

  async function perform(call: CallRequest, parts: Parts, abort: AbortController, send: Send): Promise<CallMessage> {
    let left = false
    const listener: Listener = {
      warn: (warning) => send({ warning }),
      debug: (event) => call.debug && send({ debug: event }),
      leaveToCaller() {
        left = true
        abort.abort()
      },
    }
    const context = {
      signal: abort.signal,
      onWarning: listener.warn,
      ...(call.progress && { onProgress: seldom((progress) => send({ progress })) }),
    }
    const caller = { parts, access: 'admin' as const }
    const ended = await listeners.run(listener, () =>
      callOperation(call.operation, call.input, caller, context).then(
        (answer): CallMessage => ({ answer }),
        (thrown): CallMessage => ({ error: toSemdexError(thrown).toJSON() }),
      ),
    )
    return left ? { own: true } : ended
  }

  return {
    run(call, connection, parts) {
      const abort = new AbortController()
      if (underWay.has(call.id))
        throw new SemdexError('INVALID_INPUT', { message: `The call ${call.id} is under way.` })
      underWay.set(call.id, abort)
      connection.addEventListener('abort', () => abort.abort(), { once: true })
      return streamLines(async (send) => {
        send({ begun: true })
        send(await perform(call, parts, abort, send))
        underWay.delete(call.id)
      })
    },
    cancel: (id) => underWay.get(id)?.abort(),
    current: () => listeners.getStore() ?? null,
  }
}

type Send = (message: CallMessage) => void

function streamLines(produce: (send: Send) => Promise<void>): Response {
  const encoder = new TextEncoder()
  let open = true
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (message: CallMessage) => {
        if (open) controller.enqueue(encoder.encode(`${JSON.stringify(message)}\n`))
      }
      produce(send).then(
        () => open && controller.close(),
        (error) => open && controller.error(error),
      )
    },
    cancel() {
      open = false
    },
  })
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
}

/** Milliseconds between two messages about progress. */
const PROGRESS_EVERY = 100

function seldom(tell: (progress: Progress) => void): (progress: Progress) => void {
  let told = 0
  return (progress) => {
    const now = performance.now()
    if (now - told < PROGRESS_EVERY) return
    told = now
    tell(progress)
  }
}
