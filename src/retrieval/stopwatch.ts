import type { SearchTimings } from '../core/search.ts'
import type { StageListener } from '../core/stage-time.ts'

type Stage = Exclude<keyof SearchTimings, 'total'>

/** Milliseconds by stage; stages that run twice add up. */
export class Stopwatch {
  readonly #start = performance.now()
  readonly #onStage: StageListener | undefined
  readonly #stages: Record<Stage, number> = { load: 0, embed: 0, vector: 0, lexical: 0 }

  constructor(onStage?: StageListener) {
    this.#onStage = onStage
  }

  async time<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    try {
      return await work()
    } finally {
      const ended = performance.now()
      this.#stages[stage] += ended - began
      this.#onStage?.({ name: stage, began, ended })
    }
  }

  timings(): SearchTimings {
    const { load, embed, vector, lexical } = this.#stages
    const total = performance.now() - this.#start
    return {
      load: round(load),
      embed: round(embed),
      vector: round(vector),
      lexical: round(lexical),
      total: round(total),
    }
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
