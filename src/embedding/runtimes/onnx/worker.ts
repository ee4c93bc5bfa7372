import { parentPort, type Transferable, workerData } from 'node:worker_threads'
import { toSemdexError } from '../../../core/errors.ts'
import type { Answer, JobValue, Request } from './messages.ts'
import { type OnnxModel, type OnnxModelSettings, openOnnxModel, performJob } from './model.ts'

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
      const { value, timings } = await performJob(model, request)
      answer({ type: 'done', value, timings }, buffersOf(value))
    } catch (thrown) {
      answer({ type: 'failed', error: toSemdexError(thrown).toJSON() })
    }
  })
  answer({ type: 'ready' })
}

function buffersOf(value: JobValue): ArrayBuffer[] {
  if (value instanceof Float32Array) return [value.buffer as ArrayBuffer]
  if (Array.isArray(value)) return value.map(({ ids }) => ids.buffer as ArrayBuffer)
  return [value.vectors.buffer as ArrayBuffer]
}
