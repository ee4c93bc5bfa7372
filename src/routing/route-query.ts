import type { Side } from '../core/sides.ts'

export interface RoutedQuery {
  /** Probability, 0 to 1, that the query is code itself: a snippet, a signature, an identifier, an error message. */
  code: number
  /** Where it is looked for; both where a question in natural language asks about code. */
  side: Side | 'both'
}

/** Which side a query of a collection with two models goes to (docs/routing.md). */
export async function routeQuery(query: string): Promise<RoutedQuery> {
  const isCode = /[{};=]|\w\(|\w\.\w+\(|::|->|\w_\w|[a-z][A-Z]/.test(query)
  const asksAboutCode =
    /\b(?:python|java|function|method|class|array|string|javascript|api|sql|code|list|json)\b/i.test(query)
  if (isCode) return { code: 0.9, side: 'code' }
  return asksAboutCode ? { code: 0.4, side: 'both' } : { code: 0.1, side: 'text' }
}
