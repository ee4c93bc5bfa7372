import type { TokenCounter } from '../../core/ports/embedder.ts'

/** A part of a text that is never cut again. Pieces of one text follow each other without a gap. */
export interface Piece {
  /** Offsets in UTF-16 code units; `end` is exclusive. */
  start: number
  end: number
  tokens: number
}

/** Prose has about 4.5 code units a token; a longer "token" is a tokenizer giving up on a word (WordPiece beyond 100 letters). */
const MAX_UNITS_PER_TOKEN = 12

/** Weighs parts of one text. */
export interface Measure {
  readonly text: string
  tokens(start: number, end: number): number
}

/** A tokenizer's count, but never fewer than one token for each 12 code units, so that no text is free. */
export function createMeasure(text: string, counter: TokenCounter): Measure {
  return {
    text,
    tokens: (start, end) => countTokens(counter, text.slice(start, end)),
  }
}

export function countTokens(counter: TokenCounter, text: string): number {
  if (text === '') return 0
  return Math.max(counter.count(text), Math.ceil(text.trim().length / MAX_UNITS_PER_TOKEN))
}
