import type { Progress } from '../../operations/operation.ts'
import type { ServerContext } from '../../vendor/mcp.ts'

/** At most so many messages a second tell how far a call is. */
const PER_SECOND = 5

/** Tells the client how far a call is; undefined where it did not ask. What it is told only grows. */
export function reportProgress({ mcpReq }: ServerContext): ((progress: Progress) => void) | undefined {
  const progressToken = mcpReq._meta?.progressToken
  if (progressToken === undefined) return undefined
  let told = 0
  let toldAt = Number.NEGATIVE_INFINITY
  return ({ done, total, unit }) => {
    const now = performance.now()
    if (done <= told || now - toldAt < 1_000 / PER_SECOND) return
    told = done
    toldAt = now
    const params = { progressToken, progress: done, ...(total !== null && { total }), message: `${done} ${unit}` }
    // A client that left is not told; its request is cancelled elsewhere.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined)
  }
}
