export type Lines = readonly [from: number, to: number]

/** Lines that follow each other and belong to the same passage, or to none. */
export interface Segment {
  from: number
  /** Inclusive. */
  to: number
  /** Which of the passages; null: none. */
  passage: number | null
}

/**
 * Parts the lines of a window by the passages that lie in it. Where passages overlap, the lines belong to the current
 * one, else to the one that begins first.
 */
export function segmentsOf(window: Lines, passages: readonly Lines[], current: number | null): Segment[] {
  const [first, last] = window
  const edges = passages.flatMap(([from, to]) => [from, to + 1]).filter((edge) => edge > first && edge <= last)
  const starts = [...new Set([first, ...edges])].sort((a, b) => a - b)
  const segments: Segment[] = []
  for (const [at, from] of starts.entries()) {
    const to = (starts[at + 1] ?? last + 1) - 1
    const passage = ownerOf(from, passages, current)
    const before = segments.at(-1)
    if (before && before.passage === passage) before.to = to
    else segments.push({ from, to, passage })
  }
  return segments
}

/** The passages in the order of their lines, without those that are the same lines again. */
export function inOrder(passages: readonly Lines[]): Lines[] {
  const sorted = [...passages].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  return sorted.filter((lines, at) => !isSame(lines, sorted[at - 1]))
}

export function indexOfLines(passages: readonly Lines[], lines: Lines | null): number | null {
  const at = lines === null ? -1 : passages.findIndex((each) => isSame(each, lines))
  return at === -1 ? null : at
}

function ownerOf(line: number, passages: readonly Lines[], current: number | null): number | null {
  const holds = (at: number | null) => {
    const lines = at === null ? undefined : passages[at]
    return lines !== undefined && lines[0] <= line && line <= lines[1]
  }
  if (holds(current)) return current
  const at = passages.findIndex((_, each) => holds(each))
  return at === -1 ? null : at
}

function isSame(a: Lines, b: Lines | undefined): boolean {
  return b !== undefined && a[0] === b[0] && a[1] === b[1]
}
