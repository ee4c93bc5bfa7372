import type { Chunker } from '../../core/ports/chunker.ts'
import type { Side } from '../../core/sides.ts'
import { type IndexingParts, type SideParts, sideParts } from '../parts.ts'

/** The chunkers of the two sides, each opened with the first document that it cuts. */
export class SideChunkers {
  readonly #parts: IndexingParts
  readonly #opened = new Map<SideParts, Promise<Chunker>>()

  constructor(parts: IndexingParts) {
    this.#parts = parts
  }

  /** Equals the opened chunker's. */
  fingerprint(side: Side): string {
    return sideParts(this.#parts, side).chunking.fingerprint
  }

  open(side: Side): Promise<Chunker> {
    const parts = sideParts(this.#parts, side)
    const known = this.#opened.get(parts)
    if (known) return known
    const opening = parts.chunking.open()
    this.#opened.set(parts, opening)
    return opening
  }
}
