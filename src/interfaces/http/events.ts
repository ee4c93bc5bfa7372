/** A server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html). Data is one line of JSON. */
export interface ServerEvent {
  event: string
  id: string
  data: unknown
}

/** Milliseconds of silence after which a comment says that the connection lives. */
const HEARTBEAT_INTERVAL = 15_000
/** Milliseconds after which a client that was cut off tries again. */
const RETRY = 2_000

/** The text of an event stream: an event for each item, comments where there are none for long. */
export async function* eventsOf<T>(
  items: AsyncGenerator<T, void>,
  describe: (item: T) => ServerEvent,
  heartbeat = HEARTBEAT_INTERVAL,
): AsyncGenerator<string, void> {
  yield `retry: ${RETRY}\n\n`
  let next = begin(items)
  try {
    while (true) {
      const result = await withinTime(next, heartbeat)
      if (result === null) {
        yield ': still there\n\n'
        continue
      }
      if (result.done) return
      yield format(describe(result.value))
      next = begin(items)
    }
  } finally {
    items.return().catch(() => undefined)
  }
}

/** Its failure is met where it is awaited, which is never where the client has left. */
function begin<T>(items: AsyncGenerator<T, void>): Promise<IteratorResult<T, void>> {
  const next = items.next()
  next.catch(() => undefined)
  return next
}

function format({ event, id, data }: ServerEvent): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Null where the promise has not settled in time. */
async function withinTime<T>(promise: Promise<T>, milliseconds: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
