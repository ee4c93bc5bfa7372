/** How much a way of doing the same thing weighs its last time against those before. */
const LAST = 0.2

/** One in so many times the way that was slower is tried again, since cores that were busy become free. */
const TRIAL = 32

/**
 * Chooses between two ways of doing the same thing by how long each took lately. The second is the first choice: it is
 * the quicker one where cores are free.
 */
export class QuickerWay {
  readonly #cost: [number | null, number | null] = [null, null]
  #times = 0

  /** True for the second way. */
  choose(): boolean {
    const [first, second] = this.#cost
    if (second === null) return true
    if (first === null) return false
    const isTrial = ++this.#times % TRIAL === 0
    return second < first !== isTrial
  }

  /** What a way took this time, in a unit that does not depend on the size of the work. */
  note(second: boolean, cost: number): void {
    const way = second ? 1 : 0
    const before = this.#cost[way]
    this.#cost[way] = before === null ? cost : before + LAST * (cost - before)
  }
}
