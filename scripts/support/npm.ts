import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { join } from 'node:path'

export interface Packed {
  /** The tarball's absolute path. */
  tarball: string
  name: string
  version: string
  /** Paths inside the package. */
  files: string[]
  /** Bytes once unpacked. */
  unpackedSize: number
}

/** Packs what is built in `folder` into a tarball in `destination`; runs no script. */
export function pack(folder: string, destination: string): Packed {
  const { status, stdout, stderr } = npm(folder, [
    'pack',
    '--json',
    '--ignore-scripts',
    '--workspaces=false',
    '--pack-destination',
    destination,
  ])
  if (status !== 0) throw new Error(`npm pack failed in ${folder}:\n${stderr}`)
  const [packed] = Object.values(JSON.parse(stdout)) as [NpmPacked]
  const { filename, name, version, files, unpackedSize } = packed
  return { tarball: join(destination, filename), name, version, files: files.map((file) => file.path), unpackedSize }
}

/** The npm that started this process, or the one on the PATH. Run in `cwd`: `--prefix` would hide npm's own settings. */
export function npm(cwd: string, args: string[], env: NodeJS.ProcessEnv = process.env): SpawnSyncReturns<string> {
  const options = { cwd, env, encoding: 'utf8', maxBuffer: 1 << 26 } as const
  const script = process.env.npm_execpath
  if (script?.endsWith('.js')) return spawnSync(process.execPath, [script, ...args], options)
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
}

interface NpmPacked {
  filename: string
  name: string
  version: string
  files: { path: string }[]
  unpackedSize: number
}
