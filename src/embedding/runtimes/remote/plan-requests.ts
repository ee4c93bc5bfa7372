/** What one request may hold at most; a text alone is always sent. */
export interface RequestLimits {
  texts: number
  /** UTF-8 of the texts. */
  bytes: number
  /** Numbers in the answer. As JSON each has some 20 bytes, and parsing them blocks the calling thread. */
  numbers: number
}

const LIMITS: RequestLimits = { texts: 128, bytes: 250_000, numbers: 131_072 }

/** Texts, in order, cut into requests within the limits. */
export function planRequests(texts: readonly string[], dimensions: number, limits = LIMITS): string[][] {
  const most = Math.max(1, Math.min(limits.texts, Math.floor(limits.numbers / dimensions)))
  const requests: string[][] = []
  let current: string[] = []
  let bytes = 0
  for (const text of texts) {
    const size = Buffer.byteLength(text)
    if (current.length === most || (current.length > 0 && bytes + size > limits.bytes)) {
      requests.push(current)
      current = []
      bytes = 0
    }
    current.push(text)
    bytes += size
  }
  return current.length > 0 ? [...requests, current] : requests
}
