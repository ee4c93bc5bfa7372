import type { IncomingMessage } from 'node:http'
import type { Watch } from './watch.ts'

/**
 * The bytes of an answer as they arrive; every one that arrived comes before the error of a connection that breaks (the
 * iterator of a stream drops what it has buffered then). The time that the reader takes for itself is not watched.
 */
export function readBody(response: IncomingMessage, watch: Watch): AsyncIterable<Uint8Array> {
  const arrived: Uint8Array[] = []
  const state: { ended: boolean; failure: unknown } = { ended: false, failure: null }
  let wake = () => {}
  const end = (failure: unknown) => {
    if (!state.ended) Object.assign(state, { ended: true, failure })
    wake()
  }
  // From now on, and not from the first read: what breaks before that must be heard.
  response.on('data', (part: Uint8Array) => {
    arrived.push(part)
    if (arrived.length >= MOST_WAITING) response.pause()
    wake()
  })
  response.once('end', () => end(null))
  response.on('error', end)
  response.once('close', () => end(new Error('the connection was cut')))

  async function nothingLeft(): Promise<boolean> {
    if (arrived.length > 0) return false
    if (!state.ended) {
      watch.heard()
      response.resume()
      await new Promise<void>((resolve) => (wake = resolve))
      watch.rest()
    }
    return arrived.length === 0 && state.ended
  }

  return (async function* () {
    while (!(await nothingLeft())) yield* arrived.splice(0)
    if (state.failure !== null) throw watch.failure() ?? state.failure
  })()
}

/** Parts of up to 64 kB each. */
const MOST_WAITING = 16
