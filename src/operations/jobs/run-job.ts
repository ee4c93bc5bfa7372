import { type ErrorCode, SemdexError, toSemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import type { Job, JobOutcome, JobStore } from '../../core/ports/job-store.ts'
import { invoke, type Operation, type Progress } from '../operation.ts'

/** The operations by name; null for one that there is not. */
export type FindOperation = (name: string) => Promise<Operation<unknown, unknown>> | null

/** `closing`: the process ends; `lost`: another process took the job for one that was left behind. */
export type Reason = 'cancelled' | 'closing' | 'lost'

export interface Run {
  /** Asks the job to stop; what it has committed stays. */
  abort(reason: Reason): void
  /** Settles once what came of it is stored, or is left to whoever has the job now. Never rejects. */
  ended: Promise<void>
}

export interface RunParts {
  parts: Parts
  store: JobStore
  runner: string
  find: FindOperation
  /** Called after each change that was stored. */
  changed: () => void
}

/** Milliseconds between two writes of a job's progress. */
const PROGRESS_INTERVAL = 250
/** Of a result as JSON; a larger one is left out. */
const MOST_RESULT_BYTES = 2 ** 20
/** Tries to store what came of a job, and milliseconds between them. */
const TRIES = { most: 30, wait: 2_000 }

/** What comes of work whose process ends. */
const ENDINGS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ABORTED', 'STORE_CLOSED', 'EMBEDDER_CLOSED'])

/** Runs a job that is the runner's own, and stores how far it is and what comes of it. */
export function runJob(job: Job, given: RunParts): Run {
  const controller = new AbortController()
  let reason: Reason | null = null
  const abort = (why: Reason) => {
    reason ??= why
    controller.abort()
  }
  async function run(): Promise<void> {
    const progress = tellProgress(job.id, given, abort)
    const outcome = await perform(job, given, controller.signal, progress.update)
    await progress.end()
    if (reason === 'lost') return
    const code = outcome.state === 'failed' ? outcome.error?.code : undefined
    if (reason === 'closing' && code && ENDINGS.has(code)) return
    await settle(job.id, given, code === 'ABORTED' ? { state: 'cancelled', error: null } : outcome)
  }
  return { abort, ended: run() }
}

async function perform(
  { operation: name, input }: Job,
  { parts, find }: RunParts,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<JobOutcome> {
  try {
    const operation = await find(name)
    if (!operation) throw new SemdexError('OPERATION_UNKNOWN', { message: `There is no operation ${name}.` })
    const result = await invoke(operation, parts, input, { signal, onProgress })
    const resultBytes = Buffer.byteLength(JSON.stringify(result))
    return { state: 'succeeded', result: resultBytes > MOST_RESULT_BYTES ? null : result, resultBytes }
  } catch (thrown) {
    return { state: 'failed', error: toSemdexError(thrown).toJSON() }
  }
}

/** Writes the newest progress at most so often; what comes between is left out. */
function tellProgress(id: string, { store, runner, changed }: RunParts, abort: (reason: Reason) => void) {
  let newest: Progress | null = null
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()
  let wroteAt = Number.NEGATIVE_INFINITY

  async function write(): Promise<void> {
    const progress = newest
    newest = null
    if (!progress) return
    wroteAt = performance.now()
    const job = await store.setProgress(id, runner, progress, Date.now())
    if (job === null) abort('lost')
    else if (job.cancelling) abort('cancelled')
    changed()
  }

  function begin(): void {
    timer = null
    // A write that fails costs no job; the next one says more.
    writing = writing.then(write).catch(() => undefined)
  }

  return {
    update(progress: Progress) {
      newest = progress
      timer ??= setTimeout(begin, Math.max(0, wroteAt + PROGRESS_INTERVAL - performance.now())).unref()
    },
    async end() {
      if (timer) clearTimeout(timer)
      begin()
      await writing
    },
  }
}

/** The database may be busy for a while, or its disk full. A job that is never settled counts as left behind. */
async function settle(id: string, { store, runner }: RunParts, outcome: JobOutcome): Promise<void> {
  for (let left = TRIES.most; left > 0; left--) {
    try {
      await store.finishJob(id, runner, outcome, Date.now())
      return
    } catch (thrown) {
      if (toSemdexError(thrown).code === 'STORE_CLOSED') return
      await new Promise((resolve) => setTimeout(resolve, TRIES.wait).unref())
    }
  }
}
