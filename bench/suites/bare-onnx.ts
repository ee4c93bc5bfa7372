import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'

// ONNX Runtime called directly, in as many threads: what an embedder could reach if all else cost nothing. Its tensors are
// made before the time runs; threads take the next batch from a shared counter. Nothing is tokenized, pooled or copied.

export interface Bare {
  /** Gives every thread these batches, under a name. */
  load(name: string, batches: readonly (readonly Int32Array[])[]): Promise<void>
  /** Milliseconds for all batches of that name. */
  run(name: string): Promise<number>
  close(): Promise<void>
}

export async function openBare(file: string, threads: number): Promise<Bare> {
  const counter = new SharedArrayBuffer(4)
  const workers = Array.from({ length: threads }, () => {
    return new Worker(fileURLToPath(import.meta.url), { workerData: { file, counter } satisfies Settings })
  })
  const ask = (request: Request) =>
    Promise.all(
      workers.map((worker) => {
        const answered = once(worker, 'message')
        worker.postMessage(request)
        return answered
      }),
    )
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  return {
    async load(name, batches) {
      await ask({ type: 'load', name, batches })
    },
    async run(name) {
      Atomics.store(new Int32Array(counter), 0, 0)
      const began = performance.now()
      await ask({ type: 'run', name })
      return performance.now() - began
    },
    async close() {
      for (const worker of workers) worker.postMessage({ type: 'close' } satisfies Request)
      await Promise.all(workers.map((worker) => once(worker, 'exit')))
    },
  }
}

interface Settings {
  file: string
  counter: SharedArrayBuffer
}

type Request =
  | { type: 'load'; name: string; batches: readonly (readonly Int32Array[])[] }
  | { type: 'run'; name: string }
  | { type: 'close' }

if (!isMainThread && parentPort) await serve(parentPort, workerData as Settings)

async function serve(port: NonNullable<typeof parentPort>, { file, counter }: Settings): Promise<void> {
  // The options of src/embedding/runtimes/onnx/options.ts for batches.
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'extended',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  const loaded = new Map<string, Record<string, Tensor>[]>()
  const next = new Int32Array(counter)
  port.on('message', async (request: Request) => {
    if (request.type === 'close') {
      await session.release()
      port.close()
      return
    }
    if (request.type === 'load') loaded.set(request.name, request.batches.map(feedsOf))
    else {
      const batches = loaded.get(request.name) ?? []
      for (let at = Atomics.add(next, 0, 1); at < batches.length; at = Atomics.add(next, 0, 1)) {
        await session.run(batches[at] as Record<string, Tensor>, ['last_hidden_state'])
      }
    }
    port.postMessage('done')
  })
  port.postMessage('ready')
}

/** Padded with 0, as the model's tokenizer says. */
function feedsOf(batch: readonly Int32Array[]): Record<string, Tensor> {
  const tokens = Math.max(...batch.map((ids) => ids.length))
  const ids = new BigInt64Array(batch.length * tokens)
  const mask = new BigInt64Array(batch.length * tokens)
  for (const [row, values] of batch.entries()) {
    for (const [at, id] of values.entries()) ids[row * tokens + at] = BigInt(id)
    mask.fill(1n, row * tokens, row * tokens + values.length)
  }
  const shape = [batch.length, tokens]
  return {
    input_ids: new Tensor('int64', ids, shape),
    attention_mask: new Tensor('int64', mask, shape),
    token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), shape),
  }
}
