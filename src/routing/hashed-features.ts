/** Hashed features of one kind, each with its count. Reused from text to text: clearing costs what was counted. */
export class FeatureCounts {
  readonly buckets: number
  readonly #counts: Float32Array
  readonly #used: Uint32Array
  #length = 0

  /** `buckets` is a power of two. */
  constructor(buckets: number) {
    this.buckets = buckets
    this.#counts = new Float32Array(buckets)
    this.#used = new Uint32Array(buckets)
  }

  add(hash: number): void {
    const bucket = mix(hash) & (this.buckets - 1)
    if (this.#counts[bucket] === 0) this.#used[this.#length++] = bucket
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
  }

  /**
   * Empties the counts into `sink` as weights log(1 + count), scaled so that their squares sum to `energy`.
   */
  drain(energy: number, sink: (bucket: number, weight: number) => void): void {
    let squares = 0
    for (let at = 0; at < this.#length; at++) {
      const bucket = this.#used[at] as number
      const weight = Math.log1p(this.#counts[bucket] as number)
      this.#counts[bucket] = weight
      squares += weight * weight
    }
    const scale = Math.sqrt(energy / (squares || 1))
    for (let at = 0; at < this.#length; at++) {
      const bucket = this.#used[at] as number
      sink(bucket, (this.#counts[bucket] as number) * scale)
      this.#counts[bucket] = 0
    }
    this.#length = 0
  }
}

export const HASH_SEED = 0x811c9dc5

/** One step of FNV-1a over 32 bits. */
export function hashStep(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193)
}

/** The finaliser of MurmurHash3: FNV's low bits alone are poor. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
