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
  const uses = connection.sql<Use>(USES).all({ collection })
  const spaces = Map.groupBy(uses, ({ space }) => space)
  return [...spaces].map(([space, [first, ...more]]) => {
    const { fingerprint, dimensions } = first as Use
    const all = [first as Use, ...more]
    const serving = SIDES.filter((side) => all.some((use) => use.serves && use.side === side))
    const migrating = SIDES.filter((side) => !serving.includes(side) && all.some((use) => use.side === side))
    return { space, fingerprint, dimensions, serving, migrating, members: serving.length > 0 ? serving : migrating }
  })
}

interface Use {
  space: number
  fingerprint: string
  dimensions: number
  side: Side
  serves: number
}

/** A migration of the text side moves code too where code has no model of its own. */
const USES = `
  with uses (space, side, serves) as (
    select space, 'text', 1 from collections where key = $collection
    union all select coalesce(code_space, space), 'code', 1 from collections where key = $collection
    union all select old_space, side, 0 from migrations where collection = $collection
    union all select new_space, side, 0 from migrations where collection = $collection
    union all select m.old_space, 'code', 0 from migrations m join collections c on c.key = m.collection
      where m.collection = $collection and m.side = 'text' and c.code_space is null
    union all select m.new_space, 'code', 0 from migrations m join collections c on c.key = m.collection
      where m.collection = $collection and m.side = 'text' and c.code_space is null)
  select u.space, fingerprint, dimensions, side, serves from uses u join spaces s on s.key = u.space order by u.space`
