import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openPool } from '../../src/embedding/scheduling/pool.ts'
import type { TestAnswer, TestJob, TestWorkerData } from '../support/pool-worker.ts'

test.skipIf(process.platform !== 'linux')(
  'a thread that computes gives way to the event loop (only Linux has a priority for each thread)',
  async () => {
    const before = nicenesses()
    const pool = await openPool<TestJob, TestAnswer>({
      module: new URL('../support/pool-worker.ts', import.meta.url),
      data: { log: '/dev/null' } satisfies TestWorkerData,
      most: 1,
      bytesPerThread: 1,
      idleSeconds: 0,
      quickens: false,
    })
    const with10 = nicenesses().filter((nice) => nice === 10).length
    await pool.close()
    expect(with10).toBeGreaterThan(before.filter((nice) => nice === 10).length)
    expect(nicenessOf('self')).toBeLessThan(10)
  },
)

/** Of all threads of this process. */
function nicenesses(): number[] {
  return readdirSync('/proc/self/task').map((thread) => nicenessOf(`self/task/${thread}`))
}

/** The 19th field of `stat`; the second may hold spaces, in parentheses. */
function nicenessOf(thread: string): number {
  const stat = readFileSync(`/proc/${thread}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
}
