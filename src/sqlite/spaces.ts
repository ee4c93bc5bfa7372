import { SIDES, type Side } from '../core/sides.ts'
import type { Connection } from './connection.ts'

/** A space that a collection has an index of: of a side's model, or of one that a migration fills or keeps. */
export interface CollectionSpace {
  space: number
  fingerprint: string
  dimensions: number
  /** The sides that are searched in it. */
  serving: Side[]
  /** The sides whose migration fills or keeps it, while another space serves them. */
  migrating: Side[]
  /** The sides whose active documents the index holds: those that it serves, and where it serves none, the migrating ones. */
  members: Side[]
}

/** The spaces of a collection, ascending. */
export function collectionSpaces(connection: Connection, collection: number): CollectionSpace[] {
  const served = connection.sql<Served>('select space, code_space from collections where key = ?').get(collection)
  if (!served) return []
  const moves = connection.sql<Move>('select side, old_space, new_space from migrations where collection = ?')
  const uses = Map.groupBy(usesOf(served, moves.all(collection)), ({ space }) => space)
  const read = connection.sql<Model>('select fingerprint, dimensions from spaces where key = ?')
  return [...uses]
    .sort(([a], [b]) => a - b)
    .map(([space, all]) => {
      const serving = SIDES.filter((side) => all.some((use) => use.serves && use.side === side))
      const migrating = SIDES.filter((side) => !serving.includes(side) && all.some((use) => use.side === side))
      const members = serving.length > 0 ? serving : migrating
      return { space, ...(read.get(space) as Model), serving, migrating, members }
    })
}

type Model = Pick<CollectionSpace, 'fingerprint' | 'dimensions'>

interface Served {
  space: number
  code_space: number | null
}

interface Move {
  side: Side
  old_space: number
  new_space: number
}

interface Use {
  space: number
  side: Side
  serves: boolean
}

/** A migration of the text side moves code too where code has no model of its own. */
function usesOf({ space, code_space }: Served, moves: readonly Move[]): Use[] {
  const moving = moves.flatMap(({ side, old_space, new_space }) => {
    const sides = side === 'text' && code_space === null ? SIDES : [side]
    return [old_space, new_space].flatMap((space) => sides.map((side) => ({ space, side, serves: false })))
  })
  return [{ space, side: 'text', serves: true }, { space: code_space ?? space, side: 'code', serves: true }, ...moving]
}
