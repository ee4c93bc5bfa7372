import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from '../../scripts/support/npm.ts'
import { inRepository } from '../support/assets.ts'
import { CLIENTS, type Client, INSTALLED } from './environments.ts'

// Installs a client that the server is tested with, in the pinned version, below test/clients/.environments.
//   npm run clients:python      npm run clients:cohere      npm run clients:mcp-inspector      npm run clients:linters

const INSTALL: Record<Client, (folder: string) => void> = {
  python: (folder) => installPython(folder, 'python'),
  schemathesis: (folder) => installPython(folder, 'schemathesis'),
  linters: (folder) => installPython(folder, 'linters'),
  cohere: (folder) => installModules(folder, 'cohere'),
  'mcp-inspector': (folder) => installModules(folder, 'mcp-inspector'),
}

for (const client of process.argv.slice(2) as Client[]) {
  const folder = CLIENTS[client]
  rmSync(folder, { recursive: true, force: true })
  INSTALL[client](folder)
  writeFileSync(join(folder, INSTALLED), '')
  process.stdout.write(`${client}: installed in ${folder}\n`)
}

function installPython(folder: string, client: Client): void {
  check(spawnSync('python3', ['-m', 'venv', folder], { encoding: 'utf8' }))
  const pins = inRepository(`test/clients/${client}/requirements.txt`)
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', pins]
  check(spawnSync(join(folder, 'bin/python'), pip, { encoding: 'utf8' }))
}

function installModules(folder: string, pins: Client): void {
  mkdirSync(folder, { recursive: true })
  copyFileSync(inRepository(`test/clients/${pins}/package.json`), join(folder, 'package.json'))
  check(npm(folder, ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund']))
}

function check({ status, stderr }: { status: number | null; stderr: string }): void {
  if (status !== 0) throw new Error(`the installation ended with ${status}:\n${stderr}`)
}
