import { parentPort, type Transferable, workerData } from 'node:worker_threads'
import { toSemdexError } from '../../../core/errors.ts'
import type { Answer, Job, JobValue, Request } from './messages.ts'
import { type OnnxModel, type OnnxModelSettings, openOnnxModel } from './model.ts'

if (parentPort) await serve(parentPort)

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const answer = (message: Answer, transfer: Transferable[] = []) => port.postMessage(message, transfer)
  let model: OnnxModel
  try {
    model = await openOnnxModel(workerData as OnnxModelSettings)
  } catch (thrown) {
    answer({ type: 'failed', error: toSemdexError(thrown).toJSON() })
    return
  }
  port.on('message', async (request: Request) => {
    if (request.type === 'close') {
      await model.release()
      port.close()
      return
    }
    try {
      const value = await perform(model, request)
      answer({ type: 'done', value }, buffersOf(value))
    } catch (thrown) {
      answer({ type: 'failed', error: toSemdexError(thrown).toJSON() })
    }
  })
  answer({ type: 'ready' })
}

async function perform(model: OnnxModel, job: Job): Promise<JobValue> {
  return job.type === 'tokenize' ? model.tokenize(job.texts) : model.infer(job.batch)
}

function buffersOf(value: JobValue): ArrayBuffer[] {
  const arrays = value instanceof Float32Array ? [value] : value.map(({ ids }) => ids)
  return arrays.map(({ buffer }) => buffer as ArrayBuffer)
}
