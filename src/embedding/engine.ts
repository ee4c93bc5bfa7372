import type { EmbedInput, EmbedResult } from '../core/ports/embedder.ts'
import type { JobTimings, RunnerState } from './runtimes/runner.ts'

/** What turns texts into vectors, below the port's promises: token ids through a runner, or a server that is asked. */
export interface TextEngine {
  /**
   * One result per text, in order. The texts have their prompts, no lone surrogates, and at least one readable character;
   * token ids are without a prompt, and one at least.
   * A failure of one text is its result; a rejection means that none can be embedded, or `ABORTED`.
   */
  embed(texts: readonly EmbedInput[], job: EngineJob): Promise<EmbedResult[]>
  state(): RunnerState
  /** Waits for the work under way. */
  close(): Promise<void>
}

export interface EngineJob {
  /** Goes before all that is not urgent and has not begun. */
  urgent: boolean
  /** Of token ids alone. */
  prompt: string
  /** Values of the spec's further inputs. */
  inputs: Readonly<Record<string, number>>
  signal?: AbortSignal | undefined
  /** Told how many texts more are settled. */
  onSettled: (count: number) => void
  onTimed: (timings: JobTimings) => void
}
