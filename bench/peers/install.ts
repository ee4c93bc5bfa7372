import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from '../../scripts/support/npm.ts'
import { environmentOf, installedVersions, noteInstalled, PEERS, type Peer, pinsOf } from './environments.ts'

// Installs what Semdex is measured against, each in a folder of its own below bench/peers/.environments.
//   npm run bench:peers-setup -- [peer]...
// The two with torch take about 5 GB each. What is there already, with the pinned versions, is left as it is.

const chosen = process.argv.slice(2)
for (const peer of PEERS) {
  if (chosen.length === 0 || chosen.includes(peer)) process.stdout.write(`${peer}: ${install(peer)}\n`)
}

/** What happened, for people. One that fails does not keep the others from being installed. */
function install(peer: Peer): string {
  const there = installedVersions(peer)
  if (there) return `already there (${describe(there)})`
  try {
    rmSync(environmentOf(peer), { recursive: true, force: true })
    const versions = peer === 'transformers-js' ? installModules(peer) : installPython(peer)
    noteInstalled(peer, versions)
    return `installed (${describe(versions)})`
  } catch (error) {
    process.exitCode = 1
    return `could not be installed: ${(error as Error).message}`
  }
}

function installModules(peer: Peer): Record<string, string> {
  const folder = environmentOf(peer)
  mkdirSync(folder, { recursive: true })
  copyFileSync(pinsOf(peer), join(folder, 'package.json'))
  check('npm install', npm(folder, ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund']))
  const packages = ['@huggingface/transformers', '@huggingface/tokenizers', 'onnxruntime-node']
  return Object.fromEntries(packages.map((name) => [name, moduleVersion(folder, name)]))
}

function installPython(peer: Peer): Record<string, string> {
  const folder = environmentOf(peer)
  const run = (command: string, ...args: string[]) =>
    check(`${command} ${args[1]}`, spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 }))
  const python = join(folder, 'bin/python')
  run('python3', '-m', 'venv', folder)
  run(python, '-m', 'pip', 'install', '--quiet', '--requirement', pinsOf(peer))
  const pinned = readFileSync(pinsOf(peer), 'utf8').match(/^[^=\s]+/gm) ?? []
  const frozen = run(python, '-m', 'pip', 'freeze')
    .split('\n')
    .map((line) => line.split('=='))
  const versions = Object.fromEntries(frozen.filter(([name = '']) => (pinned as string[]).includes(name)))
  return { ...versions, python: run(python, '-c', 'import platform; print(platform.python_version())').trim() }
}

/** @throws {Error} with the end of what it said, where it failed */
function check(name: string, ended: { status: number | null; stdout: string; stderr: string; error?: Error }): string {
  if (ended.status === 0) return ended.stdout
  const said = ended.stderr?.trim().split('\n').slice(-6).join('\n  ')
  throw new Error(`${name} ended with ${ended.status ?? ended.error?.message}\n  ${said ?? ''}`)
}

function moduleVersion(folder: string, name: string): string {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
}

function describe(versions: Record<string, string>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}
