import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DEBIAN_BINARIES, DEBIAN_SOURCES, NPM, PYPI } from './packages.ts'

/**
 * Downloads and unpacks what is not there yet, with the machine's own clients (apt-get, npm, pip), and nothing of it is run
 * or installed. About 600 MB of downloads; returns the folder.
 */
export async function fetchPackages(given = join(tmpdir(), 'semdex-routing')): Promise<string> {
  const folder = resolve(given)
  for (const kind of ['src', 'deb', 'npm', 'pip']) mkdirSync(join(folder, kind), { recursive: true })
  const apt = aptWithSources(folder)
  fetchAll(folder, 'src', DEBIAN_SOURCES, (name, to) => debianSource(name, to, apt))
  fetchAll(folder, 'deb', DEBIAN_BINARIES, (name, to) => debianPackage(name, to, apt))
  fetchAll(folder, 'npm', NPM, npmPackage)
  fetchAll(folder, 'pip', PYPI, pythonPackage)
  return folder
}

type Lists = Readonly<Record<'train' | 'test', readonly string[]>>

function fetchAll(folder: string, kind: string, lists: Lists, fetch: (name: string, to: string) => void): void {
  for (const name of [...lists.train, ...lists.test]) {
    const to = join(folder, kind, name.replaceAll(/[@/]/g, '_'))
    if (existsSync(to)) continue
    mkdirSync(to)
    fetch(name, to)
    if (readdirSync(to).length > 0) continue
    process.stderr.write(`${name}: nothing came\n`)
    rmSync(to, { recursive: true })
  }
}

/** A configuration of apt of its own, with the sources of packages beside them; the machine's stays as it is. */
function aptWithSources(folder: string): string {
  const home = join(folder, 'apt')
  const file = join(home, 'apt.conf')
  if (existsSync(join(home, 'lists'))) return file
  for (const name of ['etc', 'lists/partial', 'cache/archives/partial'])
    mkdirSync(join(home, name), { recursive: true })
  const own = readFileSync('/etc/apt/sources.list.d/debian.sources', 'utf8')
  writeFileSync(join(home, 'etc/debian.sources'), own.replaceAll(/^Types: .*$/gm, 'Types: deb deb-src'))
  const settings = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(home, 'etc'),
    'Dir::State::lists': join(home, 'lists'),
    'Dir::Cache': join(home, 'cache'),
    'APT::Sandbox::User': 'root',
  }
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key} "${value}";\n`)
      .join(''),
  )
  run('apt-get', ['update', '-qq'], home, file)
  return file
}

function debianSource(name: string, to: string, apt: string): void {
  inScratch((scratch) => {
    run('apt-get', ['source', '-qq', '--download-only', '--only-source', name], scratch, apt)
    const archives = readdirSync(scratch).filter((file) => /\.tar\.\w+$/.test(file) && !/debian\.tar/.test(file))
    for (const archive of archives) run('tar', ['-xf', archive, '-C', to], scratch)
  })
}

function debianPackage(name: string, to: string, apt: string): void {
  inScratch((scratch) => {
    run('apt-get', ['download', '-qq', name], scratch, apt)
    for (const file of readdirSync(scratch)) run('dpkg-deb', ['-x', file, to], scratch)
  })
  run('find', [to, '-name', '*.gz', '-type', 'f', '-exec', 'gunzip', '-f', '{}', '+'], to)
}

function npmPackage(name: string, to: string): void {
  inScratch((scratch) => {
    run('npm', ['pack', '--silent', '--ignore-scripts', name], scratch)
    for (const file of readdirSync(scratch)) run('tar', ['-xzf', file, '-C', to], scratch)
  })
}

function pythonPackage(name: string, to: string): void {
  inScratch((scratch) => {
    run('python3', ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary', ':all:', '-d', scratch, name], scratch)
    for (const file of readdirSync(scratch)) run('python3', ['-m', 'zipfile', '-e', join(scratch, file), to], scratch)
  })
}

function inScratch(work: (scratch: string) => void): void {
  const scratch = mkdtempSync(join(tmpdir(), 'semdex-routing-'))
  try {
    work(scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function run(command: string, args: readonly string[], cwd: string, apt?: string): void {
  const env = apt === undefined ? process.env : { ...process.env, APT_CONFIG: apt }
  const { status, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 300_000 })
  if (status !== 0) process.stderr.write(`${command} ${args.join(' ')}: ${stderr}\n`)
}
