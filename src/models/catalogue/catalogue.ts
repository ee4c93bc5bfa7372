import type { ModelSpec } from '../../core/model-spec.ts'
import { LARGE_ENCODERS } from './large.ts'
import { RERANKERS, TOKEN_TABLES } from './others.ts'
import { SMALL_ENCODERS } from './small.ts'

/** The models that Semdex knows by name. Facts and checksums are those of the source repositories. */
export const CATALOGUE: readonly ModelSpec[] = [...SMALL_ENCODERS, ...LARGE_ENCODERS, ...TOKEN_TABLES, ...RERANKERS]

/** The npm packages that carry a model's files, by model name. */
export const MODEL_PACKAGES: Readonly<Record<string, string>> = {
  'all-MiniLM-L6-v2': '@semdex/all-minilm-l6-v2',
}
