import type { Side } from '../core/sides.ts'
import { classifyQuery } from './classify-query.ts'

export interface RoutedQuery {
  /** Probability, 0 to 1, that the query is code or asks about code. */
  code: number
  /** Where it is looked for; both where a question in natural language asks about code, or where it is not certain. */
  side: Side | 'both'
}

/** Below this the most probable side may well be the wrong one: both are asked. */
const CERTAIN = 0.5

/** Which side a query of a collection with two models goes to (docs/routing.md). Reads the weights when first asked. */
export async function routeQuery(query: string): Promise<RoutedQuery> {
  const { text, code, both } = await classifyQuery(query)
  const asked = code + both
  if (text >= CERTAIN) return { code: asked, side: 'text' }
  return { code: asked, side: code >= CERTAIN ? 'code' : 'both' }
}
