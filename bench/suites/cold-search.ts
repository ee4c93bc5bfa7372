import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'
import { type Command, EMPTY_NODE, measureRatio } from '../support/ratio.ts'
import { saveRun } from '../support/run.ts'
import { cliEnvironment, runOnce } from '../support/semdex.ts'

// How long a cold search takes beside an empty Node: nothing to index, model load included, the binary called directly.
//   npm run bench:cold-search -- [runs]

const runs = Number(process.argv[2] ?? 20)
const book = resolve(process.env.SEMDEX_TEST_ASSETS ?? fromRepository('../shared'), 'data/corpora/rust-book')
const home = mkdtempSync(join(tmpdir(), 'semdex-bench-'))
const env = cliEnvironment(home)
const semdex = (...args: string[]): Command => ({
  command: process.execPath,
  args: [fromRepository('dist/interfaces/cli/bin.js'), ...args],
  cwd: home,
  env,
})
const query = 'how do I return early from a loop'

runOnce(semdex('index', book))
const rows = {
  'search <query> <path>': measureRatio(semdex('search', query, book, '--json'), EMPTY_NODE, runs),
  'search <query>': measureRatio(semdex('search', query, '--json'), EMPTY_NODE, runs),
  'search <query> --no-index': measureRatio(semdex('search', query, '--no-index', '--json'), EMPTY_NODE, runs),
  'search <query> --no-index --mode lexical': measureRatio(
    semdex('search', query, '--no-index', '--mode', 'lexical', '--json'),
    EMPTY_NODE,
    runs,
  ),
}
runOnce(semdex('serve', '--daemon'))
runOnce(semdex('search', query, '--no-index'))
Object.assign(rows, {
  'search <query> <path>, by a daemon': measureRatio(semdex('search', query, book, '--json'), EMPTY_NODE, runs),
  'search <query> --no-index, by a daemon': measureRatio(
    semdex('search', query, '--no-index', '--json'),
    EMPTY_NODE,
    runs,
  ),
})
runOnce(semdex('serve', '--stop'))
rmSync(home, { recursive: true, force: true })
for (const [name, { ratio, measured }] of Object.entries(rows)) {
  process.stdout.write(`${name}: ${ratio} times node -e 0 (${measured.median} ms)\n`)
}
saveRun('cold-search', { data: 'corpora/rust-book', target: 'below 7 times node -e 0', rows })
