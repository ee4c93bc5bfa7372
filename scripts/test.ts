/**
 * Everything that has to hold, in turn: `npm test`. A check that fails does not stop the next ones. The last line is the
 * count of vitest's tests, in which each failed check is one failure. SEMDEX_TEST_NODE names another Node to run the
 * tests under (the checks keep the pinned one).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { styleText } from 'node:util'
import { fromRepository, inModules } from './support/paths.ts'
import { type Counts, countTests, summaryLine, type VitestReport } from './support/summary.ts'

const MINUTE = 60_000
const TESTS_LIMIT = 23 * MINUTE
const CHECK_LIMIT = 5 * MINUTE
const REPORT = fromRepository('node_modules/.cache/semdex/vitest.json')

/** Each check is a script of Node's: no shell, so that Windows runs the same. */
const CHECKS: [name: string, ...command: string[]][] = [
  ['build', 'scripts/build.ts'],
  ['types', inModules('typescript/bin/tsc'), '-p', 'tsconfig.json'],
  ['types of the page', inModules('typescript/bin/tsc'), '-p', 'src/interfaces/web'],
  ['format and lint', inModules('@biomejs/biome/bin/biome'), 'check', '.'],
  ['imports', 'scripts/check-imports.ts'],
  ['unused code', inModules('knip/bin/knip.js')],
  ['package', 'scripts/check-package.ts'],
]

main()

function main(): void {
  const started = Date.now()
  const failedChecks = CHECKS.filter(([name, ...command]) => !passes(name, command)).map(([name]) => name)
  const tests = runTests()
  say('')
  for (const name of failedChecks) say(styleText('red', `failed check: ${name}`))
  say(`everything took ${seconds(started)}`)
  const total = { ...tests, failed: tests.failed + failedChecks.length }
  say(summaryLine(total))
  process.exitCode = total.failed === 0 ? 0 : 1
}

function passes(name: string, command: string[]): boolean {
  const started = Date.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: fromRepository(),
    encoding: 'utf8',
    timeout: CHECK_LIMIT,
    maxBuffer: 1 << 28,
  })
  const passed = status === 0
  say(`${passed ? styleText('green', '✓') : styleText('red', '✗')} ${name} (${seconds(started)})`)
  if (!passed) say(`${stdout}${stderr}`.trimEnd())
  return passed
}

function runTests(): Counts {
  rmSync(REPORT, { force: true })
  mkdirSync(dirname(REPORT), { recursive: true })
  const node = process.env.SEMDEX_TEST_NODE || process.execPath
  const { status, error } = spawnSync(
    node,
    [inModules('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`],
    { cwd: fromRepository(), stdio: ['ignore', 'inherit', 'inherit'], timeout: TESTS_LIMIT },
  )
  if (error) say(styleText('red', `vitest: ${error.message}`))
  return countTests(readReport(), status)
}

function readReport(): VitestReport | null {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8'))
  } catch {
    return null
  }
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
