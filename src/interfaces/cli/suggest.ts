/** `did you mean --limit?`, or null where nothing known is near enough. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  const tolerated = Math.max(1, Math.floor(word.replace(/^-+/, '').length / 3))
  const near = known
    .map((name) => ({ name, edits: name.startsWith(word) && word.length > 2 ? 0.5 : editDistance(word, name) }))
    .filter(({ edits }) => edits <= tolerated)
    .sort((a, b) => a.edits - b.edits)
  return near[0] ? `did you mean ${near[0].name}?` : null
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const at = (y: number, x: number) => rows[y]?.[x] ?? row[x] ?? 0
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(at(i - 1, j) + 1, (row[j - 1] as number) + 1, at(i - 1, j - 1) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, at(i - 2, j - 2) + 1)
      row.push(cost)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] as number
}
