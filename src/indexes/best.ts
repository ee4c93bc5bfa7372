/**
 * Keeps the best `limit` of what it is offered: those that `compare` puts first. Sorts only when twice as many have
 * gathered.
 */
export function createBest<Hit>(limit: number, compare: (a: Hit, b: Hit) => number) {
  const kept: Hit[] = []
  let last: Hit | undefined
  const trim = () => {
    kept.sort(compare)
    kept.length = Math.min(kept.length, limit)
    last = kept[limit - 1]
  }
  return {
    offer(hit: Hit) {
      if (last && compare(hit, last) > 0) return
      kept.push(hit)
      if (kept.length >= limit * 2 + 64) trim()
    },
    take(): Hit[] {
      trim()
      return kept
    },
  }
}
