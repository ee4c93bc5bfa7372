import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'
import { type Command, measureRatio, runCommand } from '../support/ratio.ts'
import { saveRun } from '../support/run.ts'

// A second `semdex index` over 1,000 files of which none changed, against walking and stat-ing them in Node.
//   npm run bench:unchanged-index

const FILES = 1_000
const PER_FOLDER = 50
const BINARY = fromRepository('dist/interfaces/cli/bin.js')
const WALK = `
const { readdirSync, statSync } = require('node:fs')
const { join } = require('node:path')
for (const entry of readdirSync(process.argv[1], { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) statSync(join(entry.parentPath, entry.name))
}`

const temporary = mkdtempSync(join(tmpdir(), 'semdex-bench-'))
try {
  const folder = join(temporary, 'files')
  writeFiles(folder)
  const env = { ...process.env, HOME: temporary, USERPROFILE: temporary, SEMDEX_DB: join(temporary, 'bench.db') }
  const index: Command = { command: process.execPath, args: [BINARY, 'index', folder, '--json'], env }
  runCommand(index)
  const report = measureRatio(index, { command: process.execPath, args: ['-e', WALK, folder] })
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  saveRun('unchanged-index', { files: FILES, ...report })
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
}

/** A day old, because files as young as the last run are hashed again. */
function writeFiles(folder: string): void {
  const yesterday = new Date(Date.now() - 86_400_000)
  for (let at = 0; at < FILES; at++) {
    const inside = join(folder, `part-${Math.floor(at / PER_FOLDER)}`)
    const file = join(inside, `note-${at}.md`)
    mkdirSync(inside, { recursive: true })
    writeFileSync(
      file,
      `# Note ${at}\n\nThe entry with the number ${at} speaks of ${at % 7} apples and ${at % 11} pears.\n`,
    )
    utimesSync(file, yesterday, yesterday)
  }
}
