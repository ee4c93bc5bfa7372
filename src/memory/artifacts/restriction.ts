import { type Filter, type FilterNode, parseFilter } from '../../core/filter.ts'

/** Which artifacts are meant; all that is given must hold. */
export interface Restriction {
  /** One of these. */
  kinds?: readonly string[] | undefined
  /** All of these. */
  tags?: readonly string[] | undefined
  filter?: Filter | undefined
}

/** Documents that were not put as artifacts have no body of their own. @throws {SemdexError} `INVALID_INPUT` for a wrong filter */
export function restrictionFilter({ kinds, tags = [], filter }: Restriction): FilterNode {
  return parseFilter({
    $and: [
      { bodyAt: { $exists: true } },
      ...(kinds ? [{ kind: { $in: [...kinds] } }] : []),
      ...tags.map((tag) => ({ tags: tag })),
      ...(filter ? [filter] : []),
    ],
  })
}
