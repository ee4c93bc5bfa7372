import { digest } from '../../core/digest.ts'

export interface ChunkSettings {
  /** Most tokens that the model reads of a chunk, title and headings included, special tokens not. */
  maxTokens: number
  /** Tokens that a chunk repeats of the one before it in the same section; less than half of `maxTokens`. */
  overlapTokens: number
}

/** Grows with every change of the rules below that cuts any text in another way. */
const RULES_VERSION = 1

/** Digest over the chunker's rules, its settings and the tokenizer that it counts with. Needs no tokenizer. */
export function chunkingFingerprint({ maxTokens, overlapTokens }: ChunkSettings, counterId: string): string {
  return digest(JSON.stringify(['structure', RULES_VERSION, maxTokens, overlapTokens, counterId]))
}
