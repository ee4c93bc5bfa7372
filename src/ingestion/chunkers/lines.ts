import type { Place } from '../../core/documents.ts'

/** Offset at which each line begins. A line ends with `\n`; a `\r` before it belongs to the line. */
export function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Lines from 1, both inclusive, of the characters from `start` to before `end`. */
export function linesOf(starts: readonly number[], start: number, end: number): Place['lines'] {
  return [lineAt(starts, start), lineAt(starts, Math.max(start, end - 1))]
}

/** The span without the white space at its ends; null where nothing is left. */
export function trimSpan(text: string, start: number, end: number): { start: number; end: number } | null {
  const part = text.slice(start, end)
  const left = part.length - part.trimStart().length
  return left === part.length ? null : { start: start + left, end: start + part.trimEnd().length }
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((starts[middle] as number) <= offset) low = middle
    else high = middle
  }
  return low + 1
}
