import { monitorEventLoopDelay } from 'node:perf_hooks'

// Loaded into a server that is measured (node --import): answers each message of its parent with what its event loop's delay,
// the event loop's own work and its memory were since the message before.

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
let before = process.threadCpuUsage()
process.on('message', () => {
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.threadCpuUsage(before)
  before = process.threadCpuUsage()
  const cpu = (user + system) / 1e3
  process.send?.({ p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, cpu, rss, heapUsed })
  delay.reset()
})
