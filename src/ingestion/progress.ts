import type { Looked, Task } from './batches.ts'
import type { IndexProgress } from './report.ts'

/** Tells how far the work is: by files, chunks and bytes that are committed. */
export class Progress {
  readonly #report: ((progress: IndexProgress) => void) | undefined
  readonly #now: Record<'files' | 'chunks' | 'bytes', { done: number; total: number }>

  constructor(tasks: readonly Task[], report: ((progress: IndexProgress) => void) | undefined) {
    const bytes = tasks.reduce((total, { file }) => total + file.size, 0)
    this.#now = {
      files: { done: 0, total: tasks.length },
      chunks: { done: 0, total: 0 },
      bytes: { done: 0, total: bytes },
    }
    this.#report = report
    this.#report?.(structuredClone({ phase: 'index', ...this.#now }))
  }

  cut(batch: readonly Looked[]): void {
    const { chunks } = this.#now
    chunks.total += chunksOf(batch)
  }

  committed(batch: readonly Looked[]): void {
    this.#now.files.done += batch.length
    this.#now.chunks.done += chunksOf(batch)
    this.#now.bytes.done += batch.reduce((total, { task }) => total + task.file.size, 0)
    this.#report?.(structuredClone({ phase: 'index', ...this.#now }))
  }
}

function chunksOf(batch: readonly Looked[]): number {
  return batch.reduce(
    (total, { outcome }) => total + (outcome.kind === 'write' ? outcome.document.chunks.length : 0),
    0,
  )
}
