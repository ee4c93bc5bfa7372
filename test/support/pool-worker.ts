import { appendFileSync, readFileSync } from 'node:fs'
import { serve } from '../../src/embedding/scheduling/serve.ts'

/** A job of the pool in the tests: what to do before it is answered with its name and whether it was alone. */
export interface TestJob {
  name: string
  milliseconds?: number
  /** How the thread ends under it, or what it throws. */
  fault?: 'exit' | 'throw' | 'heap' | 'allocation' | 'error'
}

export interface TestAnswer {
  name: string
  alone: boolean
  quick: boolean
}

export interface TestWorkerData {
  /** A line is added to it for each thread that opens, and for each that is released. */
  log: string
  loads?: 'never' | 'exit' | 'only the first'
}

await serve<TestWorkerData, TestJob, TestAnswer>(async ({ log, loads }) => {
  const { length: opened } = logged(log, 'open')
  if (loads === 'exit') process.exit(7)
  if (loads === 'never' || (loads === 'only the first' && opened > 1)) throw new Error('cannot be loaded')
  let quick = false
  return {
    async perform({ name, milliseconds = 0, fault }, { alone }) {
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
      await happen(fault)
      return { value: { name, alone, quick }, timings: { infer: milliseconds } }
    },
    async quicken() {
      quick = true
    },
    transfer: () => [],
    async release() {
      logged(log, 'release')
    },
  }
})

async function happen(fault: TestJob['fault']): Promise<void> {
  if (fault === 'exit') process.exit(3)
  if (fault === 'throw') {
    setTimeout(() => {
      throw new Error('thrown beside the job')
    })
    await new Promise(() => undefined)
  }
  if (fault === 'heap') {
    const kept: unknown[] = []
    for (;;) kept.push(Array.from({ length: 1_000 }, (_, at) => ({ at })))
  }
  // ONNX Runtime's own words.
  if (fault === 'allocation') throw new Error('Failed to allocate memory for requested buffer of size 1610612736')
  if (fault === 'error') throw new Error('no good')
}

function logged(file: string, line: string): string[] {
  appendFileSync(file, `${line}\n`)
  return readFileSync(file, 'utf8').trim().split('\n')
}
