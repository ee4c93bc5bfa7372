import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'
import { EMPTY_NODE, measureRatio, runCommand } from '../support/ratio.ts'
import { saveRun } from '../support/run.ts'

// A cold search over the index of a folder, with nothing to index, against an empty Node; and the same without a model.
//   npm run bench:cold-start -- [folder] [query]

const assets = resolve(process.env.SEMDEX_TEST_ASSETS ?? '../shared')
const [folder = join(assets, 'data/corpora/rust-book'), query = 'how do I return early from a loop'] =
  process.argv.slice(2)
const BINARY = fromRepository('dist/interfaces/cli/bin.js')

const temporary = mkdtempSync(join(tmpdir(), 'semdex-bench-'))
try {
  const env = { ...process.env, HOME: temporary, USERPROFILE: temporary, SEMDEX_DB: join(temporary, 'bench.db') }
  const semdex = (...args: string[]) => ({ command: process.execPath, args: [BINARY, ...args], env })
  runCommand(semdex('index', folder, '--json'))
  const hybrid = measureRatio(semdex('search', query, folder, '--json'), EMPTY_NODE)
  const lexical = measureRatio(semdex('search', query, folder, '--mode', 'lexical', '--json'), EMPTY_NODE)
  process.stdout.write(`${JSON.stringify({ hybrid, lexical }, null, 2)}\n`)
  saveRun('cold-start', { query, hybrid, lexical })
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
}
