import { type Filter, type FilterNode, parseFilter } from '../core/filter.ts'
import { DEFAULT_KIND, type Status } from './record.ts'

/** Which records are meant; all that is given must hold. */
export interface Restriction {
  status?: Status | undefined
  /** One of these. */
  kinds?: readonly string[] | undefined
  /** All of these. */
  tags?: readonly string[] | undefined
  source?: string | undefined
  minConfidence?: number | undefined
  filter?: Filter | undefined
}

/** Undefined where every record is meant. @throws {SemdexError} `INVALID_INPUT` for a wrong filter */
export function restrictionFilter(restriction: Restriction): FilterNode | undefined {
  const { status, kinds, tags = [], source, minConfidence, filter } = restriction
  const all: Filter[] = [
    ...(status !== undefined ? [ofStatus(status)] : []),
    ...(kinds ? [ofKinds(kinds)] : []),
    ...tags.map((tag) => ({ tags: tag })),
    ...(source !== undefined ? [{ source }] : []),
    ...(minConfidence !== undefined ? [{ confidence: { $gte: minConfidence } }] : []),
    ...(filter ? [filter] : []),
  ]
  return all.length === 0 ? undefined : parseFilter({ $and: all })
}

/** A document that was not captured has no status of its own, and is active. */
function ofStatus(status: Status): Filter {
  return status === 'active' ? { $not: { status: { $in: ['superseded', 'archived'] } } } : { status }
}

/** Nor has it a kind. */
function ofKinds(kinds: readonly string[]): Filter {
  const named = { kind: { $in: [...kinds] } }
  return kinds.includes(DEFAULT_KIND) ? { $or: [named, { kind: { $exists: false } }] } : named
}
