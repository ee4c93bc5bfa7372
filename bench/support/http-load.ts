import { Agent, request } from 'node:http'

// A load of requests, in a process of its own (node bench/support/http-load.ts): each connection sends its next request when
// the last was answered. The plan comes as one message of the parent, what came of it goes back as one.

export interface LoadPlan {
  url: string
  connections: number
  /** Seconds after which no request begins. */
  seconds: number
  /** Bodies of POST requests, taken in turn: JSON, each with its path. */
  requests: { path: string; body: string }[]
  /** Seconds after which a request that was not answered counts as hanging. */
  patience: number
}

export interface LoadResult {
  requests: number
  /** Answers by their status. `failed`: no answer; `hung`: none within the patience. */
  statuses: Record<string, number>
  /** Milliseconds of each request, by status: of those answered. */
  latencies: Record<string, number[]>
  seconds: number
}

process.once('message', async (plan: LoadPlan) => {
  const result = await runLoad(plan)
  process.send?.(result, undefined, undefined, () => process.disconnect?.())
})

async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections })
  const result: LoadResult = { requests: 0, statuses: {}, latencies: {}, seconds: 0 }
  const began = performance.now()
  let next = 0
  const connection = async () => {
    while (performance.now() - began < plan.seconds * 1_000) {
      const one = plan.requests[next++ % plan.requests.length] as LoadPlan['requests'][number]
      const sent = performance.now()
      const status = await send(agent, plan, one)
      result.requests++
      result.statuses[status] = (result.statuses[status] ?? 0) + 1
      result.latencies[status] ??= []
      result.latencies[status].push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, connection))
  agent.destroy()
  result.seconds = (performance.now() - began) / 1_000
  return result
}

function send(
  agent: Agent,
  { url, patience }: LoadPlan,
  { path, body }: LoadPlan['requests'][number],
): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(`${url}${path}`, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(String(response.statusCode)))
      response.on('error', () => resolve('failed'))
    })
    sent.setTimeout(patience * 1_000, () => {
      resolve('hung')
      sent.destroy()
    })
    sent.on('error', () => resolve('failed'))
    sent.end(body)
  })
}
