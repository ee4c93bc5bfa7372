import type { Piece } from './measure.ts'

/** A paragraph, list, table or code block. `pieces` cover it without a gap. */
export interface Block {
  pieces: Piece[]
  /** True where it should stay in one chunk if it fits in one: code, tables, lists. */
  whole: boolean
}

export interface Packing {
  /** Most tokens of a chunk. */
  limit: number
  /** Tokens that a chunk repeats of the one before it. */
  overlap: number
}

export interface Span {
  start: number
  end: number
}

/** Fills chunks with whole pieces in order. A chunk that follows another begins with the last pieces of that one. */
export function pack(blocks: readonly Block[], { limit, overlap }: Packing): Span[] {
  const spans: Span[] = []
  let chunk: Piece[] = []
  let used = 0
  let fresh = 0

  const add = (piece: Piece) => {
    chunk.push(piece)
    used += piece.tokens
    fresh++
  }
  const flush = (next: number, repeat: boolean) => {
    if (fresh > 0) spans.push({ start: (chunk[0] as Piece).start, end: (chunk.at(-1) as Piece).end })
    chunk = repeat ? lastPieces(chunk, Math.min(overlap, limit - next)) : []
    used = sum(chunk)
    fresh = 0
  }

  for (const { pieces, whole } of blocks) {
    const tokens = sum(pieces)
    if (whole && tokens <= limit && used + tokens > limit) flush(tokens, false)
    for (const piece of pieces) {
      if (used + piece.tokens > limit) flush(piece.tokens, true)
      add(piece)
    }
  }
  flush(0, false)
  return spans
}

/** Never all of them: each chunk begins behind the one before it. */
function lastPieces(pieces: readonly Piece[], limit: number): Piece[] {
  let from = pieces.length
  let tokens = 0
  while (from > 1) {
    tokens += (pieces[from - 1] as Piece).tokens
    if (tokens > limit) break
    from--
  }
  return pieces.slice(from)
}

function sum(pieces: readonly Piece[]): number {
  return pieces.reduce((total, { tokens }) => total + tokens, 0)
}
