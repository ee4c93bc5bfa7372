import { stripVTControlCharacters } from '../node-util.ts'

/** Aligned columns with two spaces between them; the columns in `right` are numbers. */
export function table(
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly number[] } = {},
): string {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => width(row[at] ?? ''))))
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => pad(cell, widths[at] as number, right.includes(at)))
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}

function pad(cell: string, to: number, right: boolean): string {
  const space = ' '.repeat(to - width(cell))
  return right ? space + cell : cell + space
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length
}
