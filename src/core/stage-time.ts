/** One part of some work, by its name. Times are those of `performance.now()`. */
export interface StageTime {
  name: string
  began: number
  ended: number
}

/** Told of each part when it has ended. */
export type StageListener = (stage: StageTime) => void
