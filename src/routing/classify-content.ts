import { documentFeatures } from './document-features.ts'
import { loadWeights } from './weights.ts'

/** Probability, 0 to 1, that a text is code rather than prose. Costs less than a millisecond, whatever its length; 0 where it is blank. */
export async function classifyContent(text: string): Promise<number> {
  const { weights, scale, bias } = (await loadWeights()).documentIsCode
  if (text.trim() === '') return 0
  let sum = 0
  documentFeatures(text, (bucket, weight) => {
    sum += (weights[bucket] as number) * weight
  })
  return 1 / (1 + Math.exp(-(bias + scale * sum)))
}
