import { type SemdexError, toSemdexError } from '../../core/errors.ts'
import type { Parts, Storage } from '../../core/parts.ts'
import { backOff, LONGEST_BACK_OFF } from '../../maintenance/backfill/back-off.ts'
import { fillIndexes, type Pass } from './backfill.ts'

/** Milliseconds between a call that left something to embed and the work: what comes together is embedded together. */
const DELAY = 50

/** Milliseconds until a model that could not be used is looked for again, at most. */
const LONGEST_PAUSE = 300_000

/** Embeds in the background of one process what waits. One for each storage; it ends with the parts. */
class Background {
  readonly #parts: Parts
  readonly #closing = new AbortController()
  /** What was told of each collection, so that it is told once. */
  readonly #told = new Map<string, string>()
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  #again = false
  #failures = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get isBusy(): boolean {
    return this.#running !== null
  }

  /** Begins soon, or once more after what is under way; after a failure not before its pause is over. */
  wake(): void {
    if (this.#failures === 0 || !this.#timer) this.#schedule(DELAY)
  }

  #schedule(delay: number): void {
    if (this.#closing.signal.aborted) return
    if (this.#running) {
      this.#again = true
      return
    }
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#begin(), delay).unref()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    if (this.#timer) clearTimeout(this.#timer)
    await this.#running
  }

  #begin(): void {
    this.#again = false
    this.#timer = null
    this.#running = this.#run().then((wait) => {
      this.#running = null
      const soon = this.#again && this.#failures === 0
      if (soon || wait !== null) this.#schedule(soon ? DELAY : (wait as number))
    })
  }

  /** Milliseconds until there may be something to do; null where nothing waits. Never rejects. */
  async #run(): Promise<number | null> {
    try {
      const now = Date.now()
      const passes = await fillIndexes(this.#parts, { at: await this.#dueAt(now), signal: this.#closing.signal })
      for (const pass of passes) this.#tell(pass)
      const failed = passes.some(({ report }) => report.error)
      this.#failures = failed ? this.#failures + 1 : 0
      return failed ? this.#pause() : await this.#untilDue()
    } catch (thrown) {
      const error = toSemdexError(thrown)
      if (this.#closing.signal.aborted || ENDINGS.has(error.code)) return null
      this.#failures++
      this.#tellFailure('', error)
      return this.#pause()
    }
  }

  #pause(): number {
    return Math.min(backOff(this.#failures), LONGEST_PAUSE)
  }

  /** What is put off for longer than anything is ever put off was put off by another clock, and is due now. */
  async #dueAt(now: number): Promise<number> {
    const nextAt = await this.#nextAt(now)
    return nextAt !== null && nextAt > now + LONGEST_BACK_OFF ? Number.MAX_SAFE_INTEGER : now
  }

  async #untilDue(): Promise<number | null> {
    const now = Date.now()
    const nextAt = await this.#nextAt(now)
    return nextAt === null ? null : Math.min(Math.max(nextAt - now, DELAY), LONGEST_BACK_OFF)
  }

  async #nextAt(now: number): Promise<number | null> {
    const { waiting } = await this.#parts.storage()
    const times = (await waiting.countWaiting({ at: now })).flatMap(({ nextAt }) => nextAt ?? [])
    return times.length > 0 ? Math.min(...times) : null
  }

  #tell({ index: { collection }, model, report, elapsed: ms }: Pass): void {
    const { filled, failed, retrying, error } = report
    const time = new Date().toISOString()
    const counts = { filled, failed, retrying, ms, error: error?.code ?? null }
    this.#parts.debug({ event: 'backfill', time, collection, model: model ?? '', ...counts })
    if (error) this.#tellFailure(collection, error)
    else if (retrying > 0)
      this.#parts.warn(`${retrying} passages of ${collection} could not be embedded; they are tried again.`)
    else this.#told.delete(collection)
  }

  #tellFailure(collection: string, { code, message }: SemdexError): void {
    if (this.#told.get(collection) === code) return
    this.#told.set(collection, code)
    this.#parts.warn(
      `What waits${collection && ` in ${collection}`} is not embedded yet, and tried again later. ${message}`,
    )
  }
}

const ENDINGS: ReadonlySet<string> = new Set(['STORE_CLOSED', 'EMBEDDER_CLOSED', 'ABORTED'])

const backgrounds = new WeakMap<Storage, Background>()

/** That of the storage; closed with the parts. */
export function backgroundOf(parts: Parts, storage: Storage): Background {
  const known = backgrounds.get(storage)
  if (known) return known
  const background = new Background(parts)
  backgrounds.set(storage, background)
  parts.beforeClose(() => background.close())
  return background
}

/** Whether this process embeds in the background just now. */
export async function isBackfilling(parts: Parts): Promise<boolean> {
  return backgrounds.get(await parts.storage())?.isBusy ?? false
}
