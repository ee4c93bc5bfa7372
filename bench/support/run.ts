import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'
import { describeMachine } from './machine.ts'

/**
 * Keeps a result under bench/runs, with the machine, the commit and the command it came from, and says where.
 * A run of the same name is replaced: its history is in git.
 */
export function saveRun(name: string, result: unknown): string {
  const folder = fromRepository('bench/runs')
  const path = join(folder, `${name}.json`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, `${JSON.stringify({ name, ...describeRun(), result }, null, 2)}\n`)
  process.stderr.write(`saved ${relative(process.cwd(), path)}\n`)
  return path
}

/** What every saved figure says of where it came from. */
export function describeRun() {
  return { date: new Date().toISOString(), command: commandLine(), commit: commit(), machine: describeMachine() }
}

function commandLine(): string {
  const [, script = '', ...rest] = process.argv
  return ['node', relative(fromRepository(), script).replaceAll('\\', '/'), ...rest].join(' ')
}

/** The commit that was measured, with `+` where the tree had changes on top of it. */
function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: fromRepository(), encoding: 'utf8' }).stdout?.trim()
  const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
  return `${git('rev-parse', '--short', 'HEAD') ?? 'unknown'}${changed ? '+' : ''}`
}
