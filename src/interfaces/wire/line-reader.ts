/** A line without its end, or that it was too long to be kept. Lines are counted from 1. */
export type Line = { number: number; bytes: Uint8Array<ArrayBuffer> } | { number: number; tooLong: true }

const NEWLINE = 10

/** Cuts a stream into lines while it arrives: it reads on only when a line is asked for that has not arrived. */
export class LineReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #limit: number
  /** What has arrived and was not looked at. */
  #rest: Uint8Array = new Uint8Array()
  /** The beginning of a line that has not arrived whole. */
  #begun: Uint8Array[] = []
  #length = 0
  #number = 0
  #ended = false
  #stopped = false

  /** @param limit bytes of a line; longer ones are passed over */
  constructor(body: ReadableStream<Uint8Array>, limit: number) {
    this.#reader = body.getReader()
    this.#limit = limit
  }

  /** Null at the end. @throws what reading the body throws */
  async next(): Promise<Line | null> {
    while (!this.#stopped) {
      const at = this.#rest.indexOf(NEWLINE)
      this.#keep(at < 0 ? this.#rest : this.#rest.subarray(0, at))
      this.#rest = at < 0 ? new Uint8Array() : this.#rest.subarray(at + 1)
      if (at >= 0) return this.#cut()
      if (this.#ended) return this.#length > 0 ? this.#cut() : null
      const { value, done } = await this.#reader.read()
      if (done) this.#ended = true
      else this.#rest = value
    }
    return null
  }

  /** Whether a whole line has arrived already. */
  get isReady(): boolean {
    return this.#ended || this.#stopped || this.#rest.includes(NEWLINE)
  }

  /** Reads no more: what has not been asked for is left out. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#reader.cancel().catch(() => undefined)
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#length += bytes.length
    if (this.#length > this.#limit) this.#begun = []
    else this.#begun.push(bytes)
  }

  #cut(): Line {
    const number = ++this.#number
    const tooLong = this.#length > this.#limit
    const bytes = new Uint8Array(tooLong ? 0 : this.#length)
    let at = 0
    for (const part of this.#begun) {
      bytes.set(part, at)
      at += part.length
    }
    this.#begun = []
    this.#length = 0
    return tooLong ? { number, tooLong } : { number, bytes }
  }
}
