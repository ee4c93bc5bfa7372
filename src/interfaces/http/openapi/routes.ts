import type { RouteDescription } from './description.ts'
import { describeTable } from './from-table.ts'

/** Every route but those of the operations by name. */
export async function describeRoutes(): Promise<RouteDescription[]> {
  return describeTable()
}
