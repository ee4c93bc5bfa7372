import { hasEnded, type JobNow, watchJob } from '../../../operations/jobs/serving.ts'
import { type Context, Hono } from '../../../vendor/hono.ts'
import { readJson } from '../body.ts'
import { call } from '../call.ts'
import { eventsOf } from '../events.ts'
import type { Env, ServerParts } from '../server-parts.ts'
import { streamOf } from '../stream.ts'

/** What takes long: started, and followed by server-sent events. Listing, showing and cancelling are in the table. */
export function jobRoutes(server: ServerParts): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/jobs', async (c) => start(c, await readJson(c)))
  app.post('/index', async (c) => start(c, { operation: 'index', input: await readJson(c) }))
  app.post('/migrations', async (c) => start(c, { operation: 'migrate', input: await readJson(c) }))
  app.post('/migrations/rollback', async (c) => start(c, { operation: 'migrate.rollback', input: await readJson(c) }))
  app.get('/jobs/:id/events', (c) => follow(c, server))
  return app
}

async function start(c: Context<Env>, input: unknown): Promise<Response> {
  const job = (await call(c, 'jobs.start', input)) as { id: string }
  c.header('location', `/api/jobs/${job.id}`)
  return c.json(job, 202)
}

/** An ended job whose end the client has seen answers 204: that tells an EventSource to stop asking. */
async function follow(c: Context<Env>, { parts, closing }: ServerParts): Promise<Response> {
  const id = c.req.param('id') as string
  const job = (await call(c, 'jobs.get', { id })) as JobNow
  const seen = readRevision(c.req.header('last-event-id'), job)
  if (hasEnded(job) && seen === job.revision) return c.body(null, 204)
  const left = new AbortController()
  const signal = AbortSignal.any([c.get('signal'), closing, left.signal])
  const events = eventsOf(watchJob(parts, id, { signal, after: seen }), describe)
  return new Response(
    streamOf(events, () => left.abort()),
    { headers: EVENT_STREAM },
  )
}

const EVENT_STREAM = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Proxies that collect answers would keep events back.
  'x-accel-buffering': 'no',
}

/** The revision of the last event that the client has seen, −1 where it has seen none. */
function readRevision(header: string | undefined, { revision }: JobNow): number {
  const seen = header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : -1
  return seen <= revision ? seen : -1
}

function describe(job: JobNow) {
  return { event: EVENTS[job.state], id: String(job.revision), data: job }
}

const EVENTS: Record<JobNow['state'], string> = {
  queued: 'progress',
  running: 'progress',
  succeeded: 'done',
  failed: 'failed',
  interrupted: 'failed',
  cancelled: 'cancelled',
}
