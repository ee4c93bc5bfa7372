import { parentPort, type Transferable, workerData } from 'node:worker_threads'
import { toSemdexError } from '../../core/errors.ts'
import { giveWay } from '../../threads/give-way.ts'
import { beginWork, endWork } from './end-of-process.ts'
import type { Answer, Done, Request, ThreadData } from './messages.ts'

/** What a thread of a pool does. */
export interface Performer<Job, Value> {
  /** `alone`: no other job of the pool runs or waits. */
  perform(job: Job, options: { alone: boolean }): Promise<Done<Value>>
  /** Gets ready to be quicker at jobs that are alone. */
  quicken?(): Promise<void>
  /** The memory of a value that its receiver may have for its own. */
  transfer(value: Value): Transferable[]
  release(): Promise<void>
}

/** Answers the pool that started this thread, one job at a time, until it is told to close. */
export async function serve<Settings, Job, Value>(
  open: (settings: Settings) => Promise<Performer<Job, Value>>,
): Promise<void> {
  const port = parentPort
  if (!port) return
  giveWay()
  const { data, end } = workerData as ThreadData
  const answer = (message: Answer<Value>, transfer: Transferable[] = []) => {
    endWork(end)
    port.postMessage(message, transfer)
  }
  let performer: Performer<Job, Value>
  try {
    performer = await open(data as Settings)
  } catch (thrown) {
    answer(failed(thrown))
    return
  }
  port.on('message', async (request: Request<Job>) => {
    beginWork(end)
    try {
      if (request.type === 'close') {
        await performer.release()
        endWork(end)
        port.close()
      } else if (request.type === 'quicken') {
        await performer.quicken?.()
        answer({ type: 'ready' })
      } else {
        const done = await performer.perform(request.job, { alone: request.alone })
        answer({ type: 'done', ...done }, performer.transfer(done.value))
      }
    } catch (thrown) {
      answer(failed(thrown))
    }
  })
  answer({ type: 'ready' })
}

function failed(thrown: unknown): { type: 'failed' } & Extract<Answer<never>, { type: 'failed' }> {
  return { type: 'failed', error: toSemdexError(thrown).toJSON(), spent: isOutOfMemory(thrown) }
}

/** As ONNX Runtime says it of its tensors, and V8 of an array. */
function isOutOfMemory(thrown: unknown): boolean {
  return thrown instanceof Error && /bad_alloc|failed to allocate|allocation failed|out of memory/i.test(thrown.message)
}
