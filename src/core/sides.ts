/** Which of a collection's models reads a document. */
export type Side = 'text' | 'code'

export const SIDES: readonly Side[] = ['text', 'code']

/** The model of one side of a collection. */
export interface SideModel {
  /** Its name; null where the caller brings the vectors. */
  model: string | null
  /** Digest over everything that decides a vector's value for a text. */
  fingerprint: string
  dimensions: number
}

/**
 * How a collection's vectors lie in its indexes. `native`: an index for each model, each as wide as the model's vectors.
 * `padded`: one index as wide as the widest, shorter vectors filled up with zeros, each tagged with its model.
 */
export type VectorLayout = 'native' | 'padded'

interface WithSides extends SideModel {
  code: SideModel | null
}

/** The model that reads what belongs to a side. */
export function sideModel(collection: WithSides, side: Side): SideModel {
  const { model, fingerprint, dimensions, code } = collection
  return side === 'code' && code !== null ? code : { model, fingerprint, dimensions }
}

/** The collection's models, each once, with the sides that it reads. */
export function sideModels(collection: WithSides): { model: SideModel; sides: Side[] }[] {
  const text = sideModel(collection, 'text')
  const code = sideModel(collection, 'code')
  if (text.fingerprint === code.fingerprint) return [{ model: text, sides: ['text', 'code'] }]
  return [
    { model: text, sides: ['text'] },
    { model: code, sides: ['code'] },
  ]
}
