import { SemdexError } from '../core/errors.ts'
import type { ModelSpec } from '../core/model-spec.ts'
import type { EmbedResult } from '../core/ports/embedder.ts'
import { norm } from '../core/vectors.ts'

/** @throws {SemdexError} `INVALID_INPUT` where the model was not trained for vectors of that width. */
export function assertMatryoshka(dimensions: number, { name, dimensions: native, matryoshka }: ModelSpec): void {
  if (dimensions === native || matryoshka.includes(dimensions)) return
  const known = [...new Set([...matryoshka, native])].sort((a, b) => a - b)
  throw new SemdexError('INVALID_INPUT', {
    message: `Vectors of ${name} cannot have ${dimensions} dimensions.`,
    fix: `Ask for ${known.join(', ')}`,
    details: { field: 'dimensions', known },
  })
}

/** The first `dimensions` numbers of the vector, of unit length again. Zeros alone are no vector. */
export function cut(result: EmbedResult, dimensions: number): EmbedResult {
  if (!result.ok || result.vector.length === dimensions) return result
  const vector = result.vector.slice(0, dimensions)
  const length = norm(vector)
  if (length === 0) {
    const message = `The first ${dimensions} dimensions of this text's vector are zero, which has no direction.`
    return { ok: false, error: new SemdexError('EMPTY_EMBEDDING', { message }) }
  }
  return { ...result, vector: vector.map((value) => value / length) }
}
