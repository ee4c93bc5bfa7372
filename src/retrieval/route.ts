import { type Side, type SideModel, sideModels } from '../core/sides.ts'
import type { Scope, SearchRequest } from './request.ts'

/** Which sides a query goes to, with the probability that it is code. */
export type QueryRouter = (query: string) => Promise<{ code: number; side: Side | 'both' }>

/** A collection and the models that may read the query for it. */
export interface Route extends Scope {
  /** Of the sides that the query goes to. */
  models: SideModel[]
  /** Of its other side: in their place where none of them can be used. */
  others: SideModel[]
}

export interface Routing {
  routes: Route[]
  /** Where the query goes in collections with two models; null where there is none, or no model is asked. */
  side: Side | 'both' | null
}

/** Chooses each collection's models; a query is judged only where a collection has two. */
export async function routeScopes(
  { query, mode, side }: SearchRequest,
  scopes: readonly Scope[],
  router: QueryRouter = usualRouter,
): Promise<Routing> {
  const isSplit = mode !== 'lexical' && scopes.some(({ collection }) => sideModels(collection).length > 1)
  if (!isSplit) return { routes: scopes.map((scope) => toRoute(scope, 'both')), side: null }
  const chosen = side === undefined || side === 'auto' ? (await router(query)).side : side
  return { routes: scopes.map((scope) => toRoute(scope, chosen)), side: chosen }
}

function toRoute(scope: Scope, side: Side | 'both'): Route {
  const models = sideModels(scope.collection)
  const isChosen = ({ sides }: { sides: Side[] }) => side === 'both' || sides.includes(side)
  return {
    ...scope,
    models: models.filter(isChosen).map(({ model }) => model),
    others: models.filter((each) => !isChosen(each)).map(({ model }) => model),
  }
}

async function usualRouter(query: string): Promise<{ code: number; side: Side | 'both' }> {
  const { routeQuery } = await import('../routing/route-query.ts')
  return routeQuery(query)
}
