import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Command } from './ratio.ts'

/** The environment of a user who has nothing but a home folder: no configuration, database or cache of anybody's. */
export function cliEnvironment(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: home, USERPROFILE: home, TMPDIR: home, SEMDEX_DB: join(home, 'semdex.db') }
}

/** @throws {Error} where the command fails */
export function runOnce({ command, args, cwd, env }: Command): void {
  const { status, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stderr}`)
}
