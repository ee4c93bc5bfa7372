import { queryFeatures } from './query-features.ts'
import { loadWeights } from './weights.ts'

/** How probable it is of each kind of query that this is one; they sum to 1. */
export interface QueryChances {
  /** Asks for something else than code. */
  text: number
  /** Is code: a snippet, a signature, a name, a command, an error message. */
  code: number
  /** Asks about code in natural language. */
  both: number
}

export async function classifyQuery(query: string): Promise<QueryChances> {
  const { queryIsCode, queryAsksAboutCode } = await loadWeights()
  if (query.trim() === '') return { text: 1, code: 0, both: 0 }
  let [code, both] = [0, 0]
  queryFeatures(query, (bucket, weight) => {
    code += (queryIsCode.weights[bucket] as number) * weight
    both += (queryAsksAboutCode.weights[bucket] as number) * weight
  })
  return softmax(queryIsCode.bias + queryIsCode.scale * code, queryAsksAboutCode.bias + queryAsksAboutCode.scale * both)
}

/** Of the three, where text's value is 0. */
function softmax(code: number, both: number): QueryChances {
  const highest = Math.max(0, code, both)
  const powers = { text: Math.exp(-highest), code: Math.exp(code - highest), both: Math.exp(both - highest) }
  const sum = powers.text + powers.code + powers.both
  return { text: powers.text / sum, code: powers.code / sum, both: powers.both / sum }
}
