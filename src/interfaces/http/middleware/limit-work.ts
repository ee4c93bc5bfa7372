import { SemdexError } from '../../../core/errors.ts'
import type { Context, MiddlewareHandler } from '../../../vendor/hono.ts'
import type { Env, ServerParts } from '../server-parts.ts'

/**
 * Bounds how many requests are in work, and how long one may take. What takes too long, or is still under way when the
 * server ends, is answered with an error and stopped through its signal; it counts as in work until it has stopped. A
 * stream is under way until it is closed, but counts only until it begins.
 */
export function limitWork({ parts, closing, ending }: ServerParts): MiddlewareHandler<Env> {
  const { maxRequests, timeoutSeconds } = parts.configuration
  const underWay = new Set<Work>()
  let inWork = 0
  ending?.addEventListener('abort', () => {
    for (const work of underWay) work.stop(serverCloses())
  })
  return async (c, next) => {
    if (closing.aborted) throw serverCloses()
    if (inWork >= maxRequests) throw tooBusy(maxRequests)
    const work = beginWork(c)
    c.set('signal', work.signal)
    underWay.add(work)
    const leave = () => underWay.delete(work)
    c.env?.outgoing?.once('close', leave)
    inWork++
    const done = next().finally(() => {
      inWork--
      if (!c.env?.outgoing) leave()
    })
    const timer = c.env?.socket
      ? undefined
      : setTimeout(() => work.stop(timedOut(c, timeoutSeconds)), timeoutSeconds * 1_000)
    try {
      await Promise.race([done, work.stopped])
    } finally {
      clearTimeout(timer)
    }
  }
}

interface Work {
  signal: AbortSignal
  /** Rejects when the work is stopped. */
  stopped: Promise<never>
  stop(reason: SemdexError): void
}

function beginWork(c: Context<Env>): Work {
  const controller = new AbortController()
  const outgoing = c.env?.outgoing
  let reject: (reason: SemdexError) => void
  const stopped = new Promise<never>((_, refuse) => {
    reject = refuse
  })
  if (outgoing) {
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) controller.abort()
    })
  } else {
    c.req.raw.signal.addEventListener('abort', () => controller.abort(), { once: true })
  }
  return {
    signal: controller.signal,
    stopped,
    stop(reason) {
      reject(reason)
      controller.abort(reason)
    },
  }
}

/** A body that does not arrive is its sender's fault. */
function timedOut(c: Context<Env>, seconds: number): SemdexError {
  const waits = c.env?.incoming?.complete === false
  return new SemdexError('TIMEOUT', {
    message: waits
      ? `The body of the request did not arrive within ${seconds} seconds.`
      : `The request took longer than ${seconds} seconds, and was stopped.`,
    fix: waits ? 'Send it faster' : 'Ask for less, start a job (POST /api/jobs), or raise server.timeoutSeconds',
    details: { seconds, ...(waits && { field: 'body' }) },
  })
}

function tooBusy(limit: number): SemdexError {
  return new SemdexError('SERVER_BUSY', {
    message: `The server has ${limit} requests in work, and takes no more.`,
    fix: 'Try again in a moment',
    details: { limit, retryAfter: 1 },
  })
}

function serverCloses(): SemdexError {
  return new SemdexError('SERVER_CLOSING', {
    message: 'The server is shutting down.',
    fix: 'Try again when it is back',
    details: { retryAfter: 5 },
  })
}
