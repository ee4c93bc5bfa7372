import { digest } from '../core/digest.ts'
import type { ModelSpec } from '../core/model-spec.ts'

/** Digest over everything that decides a vector's value for a text: 32 hexadecimal digits. Names and places are left out. */
export function embeddingFingerprint(spec: ModelSpec): string {
  const files = spec.files.map(({ role, sha256 }) => `${role}:${sha256}`).sort()
  const { precision, dimensions, maxTokens, pooling, normalize, prompts } = spec
  const parts = [files, precision, dimensions, maxTokens, pooling, normalize, prompts.query, prompts.passage]
  return digest(JSON.stringify(parts))
}
