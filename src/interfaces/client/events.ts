import { RequestError } from './errors.ts'
import { textPieces } from './text-pieces.ts'
import type { CallOptions, Transport } from './transport.ts'
import type { AnswerOf } from './types.ts'

/** What a job has become: `progress` until it ends, then one of the others, and no more. */
export interface JobEvent {
  event: 'progress' | 'done' | 'failed' | 'cancelled'
  job: AnswerOf<'jobs.get'>
}

/** Connections that were lost one after the other, before it is given up, and the milliseconds between two. */
const LOST = { most: 5, wait: 500 }

/** The events of a job, over as many connections as it takes. @throws {RequestError} */
export async function* jobEvents(
  transport: Transport,
  id: string,
  options: CallOptions,
): AsyncGenerator<JobEvent, void, undefined> {
  let last: string | null = null
  for (let lost = 0; lost <= LOST.most; ) {
    try {
      for await (const { event, id: seen, data } of connect(transport, id, last, options)) {
        lost = 0
        last = seen ?? last
        yield { event: event as JobEvent['event'], job: JSON.parse(data) }
        if (event !== 'progress') return
      }
      if (last !== null && (await hasEnded(transport, id, options))) return
    } catch (thrown) {
      if (isFinal(thrown, options) || lost === LOST.most) throw thrown
    }
    lost++
    await pause(LOST.wait * lost, options.signal)
  }
}

/** The events of one connection. */
async function* connect(transport: Transport, id: string, last: string | null, options: CallOptions) {
  const response = await transport.open(`/api/jobs/${encodeURIComponent(id)}/events`, {
    ...options,
    method: 'GET',
    headers: { accept: 'text/event-stream', ...(last !== null && { 'last-event-id': last }) },
  })
  if (response.body) yield* readEvents(response.body)
}

async function hasEnded(transport: Transport, id: string, options: CallOptions): Promise<boolean> {
  const { state } = await transport.json<AnswerOf<'jobs.get'>>('/api/operations/jobs.get', { ...options, body: { id } })
  return state !== 'queued' && state !== 'running'
}

/** What another connection would not change. */
function isFinal(thrown: unknown, { signal }: CallOptions): boolean {
  return signal?.aborted || (thrown instanceof RequestError && thrown.status !== null && thrown.status < 500)
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end, { once: true })
  })
}

export interface ServerEvent {
  event: string
  /** Absent where the server gave none. */
  id?: string
  data: string
}

/** Server-sent events, as the HTML standard says they are read. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void, undefined> {
  let text = ''
  for await (const piece of textPieces(body)) {
    // A carriage return at the end may be the first half of a line's end.
    const blocks = (text + piece).split(/\r\n\r\n|\n\n|\r\r(?!$)/)
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parseEvent(block)
      if (event) yield event
    }
  }
}

/** Null for a comment. */
function parseEvent(block: string): ServerEvent | null {
  const fields = block.split(/\r\n|\n|\r/).flatMap((line) => {
    const [, name, value] = /^([^:]+)(?:: ?(.*))?$/s.exec(line) ?? []
    return name === undefined ? [] : [[name, value ?? ''] as const]
  })
  const of = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value)
  const data = of('data')
  if (data.length === 0) return null
  const id = of('id').at(-1)
  return { event: of('event').at(-1) ?? 'message', ...(id !== undefined && { id }), data: data.join('\n') }
}
