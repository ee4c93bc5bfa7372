import type { EmbedInput } from '../../../core/ports/embedder.ts'
import type { Encoding } from '../../tokenizing/tokenizer.ts'
import type { EncodedVectors } from '../runner.ts'

/** What a worker is asked, and what it answers. */
export type Job =
  | { type: 'tokenize'; texts: readonly EmbedInput[]; prompt?: string }
  | { type: 'infer'; batch: readonly Int32Array[]; inputs: Readonly<Record<string, number>> }
  | { type: 'embed'; texts: readonly EmbedInput[]; prompt?: string; inputs: Readonly<Record<string, number>> }
export type JobValue = Encoding[] | Float32Array | EncodedVectors
