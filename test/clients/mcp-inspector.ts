import { existsSync, readFileSync } from 'node:fs'
import { inRepository } from '../support/assets.ts'
import { type Ended, run } from '../support/processes.ts'

export const INSPECTOR_VERSION = '2.12.0'
export const INSPECTOR_FOLDER = inRepository('test/clients/.environments/mcp-inspector')
const PACKAGE = `${INSPECTOR_FOLDER}/node_modules/@modelcontextprotocol/inspector/package.json`

export function isInstalled(): boolean {
  if (!existsSync(PACKAGE)) return false
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version === INSPECTOR_VERSION
}

/** Runs its command line to the end: against a command that it starts, or the address of a server. */
export function inspect(target: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const binary = `${INSPECTOR_FOLDER}/node_modules/.bin/mcp-inspector`
  return run(binary, ['--cli', ...target, ...args], { cwd: INSPECTOR_FOLDER, env, shell: process.platform === 'win32' })
}
