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
      this.#note(stage, began, performance.now())
    }
  }

  /** Work of two stages, which tells how many milliseconds were the second's; null where there was none. */
  async timeBoth<T>(
    [first, second]: readonly [Stage, Stage],
    work: () => Promise<{ value: T; second: number | null }>,
  ): Promise<T> {
    const began = performance.now()
    let split: number | null = null
    try {
      const { value, second } = await work()
      split = second
      return value
    } finally {
      const ended = performance.now()
      const middle = ended - (split ?? 0)
      this.#note(first, began, middle)
      if (split !== null) this.#note(second, middle, ended)
    }
  }

  #note(stage: Stage, began: number, ended: number): void {
    this.#stages[stage] += ended - began
    this.#onStage?.({ name: stage, began, ended })
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
