import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'
import { type Command, measureRatio } from '../support/ratio.ts'
import { saveRun } from '../support/run.ts'
import { cliEnvironment, runOnce } from '../support/semdex.ts'

// How long a second `semdex index` takes, with nothing changed below 1,000 files, beside a Node that walks and stats them.
//   npm run bench:no-change-index -- [runs]

const FILES = 1_000
const FOLDERS = 50
const runs = Number(process.argv[2] ?? 20)
const home = mkdtempSync(join(tmpdir(), 'semdex-bench-'))
const folder = join(home, 'files')
for (let i = 0; i < FILES; i++) {
  const inside = join(folder, `${i % FOLDERS}`)
  mkdirSync(inside, { recursive: true })
  writeFileSync(join(inside, `${i}.md`), `# Note ${i}\n\nThis is the note with the number ${i}, about nothing else.\n`)
}

const WALK = `const fs = require('node:fs'), path = require('node:path')
let files = 0
const walk = (folder) => {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name)
    if (entry.isDirectory()) walk(child)
    else if (fs.statSync(child).isFile()) files++
  }
}
walk(process.argv[1])
if (files !== ${FILES}) process.exit(1)`

const walk: Command = { command: process.execPath, args: ['-e', WALK, folder] }
const index: Command = {
  command: process.execPath,
  args: [fromRepository('dist/interfaces/cli/bin.js'), 'index', folder, '--json'],
  cwd: home,
  env: cliEnvironment(home),
}

runOnce(index)
// What is as young as the last run is looked at again: a run later, nothing is.
runOnce(index)
const result = measureRatio(index, walk, runs)
rmSync(home, { recursive: true, force: true })
process.stdout.write(`${result.ratio} times walking and stat-ing (${result.measured.median} ms)\n`)
saveRun('no-change-index', { files: FILES, folders: FOLDERS, target: 'below 3 times walking and stat-ing', ...result })
