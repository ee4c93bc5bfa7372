import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'
import type { Row } from '../peers/measure.ts'
import { readSaved } from '../peers/report.ts'

// Draws what bench:embed-peers saved: texts a second, Semdex and its peers, with the quartiles of the runs.
//   npm run bench:embed-chart

const FILE = fromRepository('docs/images/embed-peers.svg')
const PANELS: [workload: string, title: string][] = [
  ['long', '600 abstracts of SciFact'],
  ['short', '2,000 one-liners'],
]

const LABELS = 260
const BARS = 380
const WIDTH = LABELS + BARS + 90
const LINE = 26
const HEAD = 44

const { parts } = readSaved()
let top = 0
const panels = PANELS.flatMap(([workload, title]) => {
  const part = parts[workload]
  if (!part) throw new Error(`${workload} is not measured yet: npm run bench:embed-peers -- --workload ${workload}`)
  const drawn = panel(title, part.rows, top)
  top += HEAD + part.rows.length * LINE + 12
  return drawn
})
mkdirSync(dirname(FILE), { recursive: true })
writeFileSync(FILE, document(panels, top))
process.stderr.write(`drew ${FILE}\n`)

function document(lines: readonly string[], height: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Texts a second, Semdex and its peers">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .bar { fill: #8c959f }
  .semdex { fill: #0969da }
  .quartiles { stroke: #24292f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .bar { fill: #6e7681 }
    .semdex { fill: #4493f8 }
    .quartiles { stroke: #e6edf3 }
  }
</style>
${lines.join('\n')}
</svg>
`
}

function panel(title: string, rows: readonly Row[], top: number): string[] {
  const sorted = [...rows].sort((one, other) => speed(other).median - speed(one).median)
  const most = Math.max(...sorted.map((row) => speed(row).high))
  return [
    `<text class="title" x="0" y="${top + 24}">${escaped(title)}: texts a second</text>`,
    ...sorted.flatMap((row, at) => bar(row, top + HEAD + at * LINE, BARS / most)),
  ]
}

function bar(row: Row, y: number, scale: number): string[] {
  const { median, low, high } = speed(row)
  const x = (value: number) => (LABELS + value * scale).toFixed(1)
  const middle = y + LINE / 2 - 3
  return [
    `<text x="0" y="${middle + 5}">${escaped(`${row.name}, ${row.precision}`)}</text>`,
    `<rect class="bar${row.name === 'semdex' ? ' semdex' : ''}" x="${LABELS}" y="${y}" width="${(median * scale).toFixed(1)}" height="${LINE - 8}"/>`,
    `<line class="quartiles" x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${Number(x(high)) + 6}" y="${middle + 5}">${Math.round(median)}</text>`,
  ]
}

function speed({ name, spread }: Row) {
  const found = spread.textsPerSecond
  if (!found) throw new Error(`${name} has no texts a second`)
  return found
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
