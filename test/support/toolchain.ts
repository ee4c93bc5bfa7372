import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { inRepository } from './assets.ts'
import { type Ended, run } from './processes.ts'

const CACHE = inRepository('node_modules/.cache/semdex')

/** The binary of the newest Node of a major version, from the npm package `node`; kept under node_modules/.cache. */
export async function nodeBinary(major: number): Promise<string> {
  const folder = join(CACHE, `node-${major}`)
  if (!existsSync(binaryIn(folder))) await installNode(major, folder)
  return binaryIn(folder)
}

/** Runs npm, under `node` where one is given. The lowest Node that npm itself supports is 20.17. */
export async function npm(cwd: string, args: readonly string[], node = process.execPath): Promise<Ended> {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }
  const cli = process.env.npm_execpath
  if (cli?.endsWith('.js')) return run(node, [cli, ...args], { cwd, env, timeout: 300_000 })
  return run('npm', args, { cwd, env, timeout: 300_000, shell: process.platform === 'win32' })
}

/** Installed beside its place and moved there when it is whole, so that two runs do not meet a half; for other users, too. */
async function installNode(major: number, folder: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true })
  const temporary = mkdtempSync(join(CACHE, 'node-'))
  writeFileSync(join(temporary, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }))
  const { status, stderr } = await npm(temporary, ['install', '--no-package-lock', `node@${major}`])
  if (status !== 0) throw new Error(`Node ${major} could not be installed:\n${stderr}`)
  chmodSync(temporary, 0o755)
  rmSync(folder, { recursive: true, force: true })
  renameSync(temporary, folder)
}

function binaryIn(folder: string): string {
  return join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
}
