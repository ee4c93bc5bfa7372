import { open, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Configuration } from '../../core/configuration.ts'

/**
 * `automatic`: a daily one. `manual`: one that was asked for. `migration`: made before the database got a newer schema.
 * `replaced`: the database that another was restored over.
 */
export type BackupKind = 'automatic' | 'manual' | 'migration' | 'replaced'

export interface BackupFile {
  /** Absolute. */
  path: string
  kind: BackupKind
  bytes: number
  /** Milliseconds since 1970. */
  createdAt: number
}

/** Where backups go that nobody gave a path. */
export function backupFolder({ database, backupFolder }: Pick<Configuration, 'database' | 'backupFolder'>): string {
  return backupFolder ?? `${database}.backups`
}

/** `semdex-20260102T030405678Z.automatic.db`: the time is UTC, so that names are in the order of time. */
export function backupName(database: string, kind: 'automatic' | 'manual', at: number): string {
  return `${stemOf(database)}-${stamp(at)}.${kind}.db`
}

/** The name that a database gets when another takes its place. */
export function replacedName(database: string, at: number): string {
  return `${database}.replaced-${stamp(at)}`
}

/** All backups of a database: in its folder of backups and beside it, the newest first. */
export async function listBackups(
  configuration: Pick<Configuration, 'database' | 'backupFolder'>,
): Promise<BackupFile[]> {
  const { database } = configuration
  const folder = backupFolder(configuration)
  const [made, beside] = await Promise.all([namesIn(folder), namesIn(dirname(database))])
  const found = [
    ...made.map((name) => ({ path: join(folder, name), told: readName(name, database) })),
    ...beside.map((name) => ({ path: join(dirname(database), name), told: readNeighbour(name, database) })),
  ]
  const files = await Promise.all(found.map(({ path, told }) => told && describe(path, told)))
  return files.filter((file) => file !== null).sort((a, b) => b.createdAt - a.createdAt || (a.path < b.path ? 1 : -1))
}

/** The name of a backup that is not whole yet. */
export function partialName(path: string): string {
  return `${path}.partial-${process.pid}-${Math.random().toString(36).slice(2)}`
}

/** Removes the files of a folder whose names pass; answers their number. */
export async function removeLeftovers(folder: string, pattern: RegExp): Promise<number> {
  const names = (await namesIn(folder)).filter((name) => pattern.test(name))
  for (const name of names) await rm(join(folder, name), { force: true })
  return names.length
}

/** Of what backups that were killed have left in their folder. Somebody's own only while no other is being made. */
export const PARTIAL = /\.(?:automatic|manual)\.db\.partial-\d+-\w+(?:-\w+)?$/

/** Removes a database that is only for a while, with what SQLite and the opening of an older one have put beside it. */
export async function removeWithCompanions(path: string): Promise<void> {
  for (const name of await namesIn(dirname(path))) {
    if (name.startsWith(basename(path))) await rm(join(dirname(path), name), { force: true })
  }
}

/** Waits until a file, or the names in a folder, are on the disk. Windows does not open folders. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function describe(path: string, { kind, at }: Told): Promise<BackupFile | null> {
  const found = await stat(path).catch(() => null)
  return found?.isFile() ? { path, kind, bytes: found.size, createdAt: at ?? Math.round(found.mtimeMs) } : null
}

interface Told {
  kind: BackupKind
  at: number | null
}

function readName(name: string, database: string): Told | null {
  const stem = `${stemOf(database)}-`
  const [, digits, kind] = /^(\d{8}T\d{9}Z)\.(automatic|manual)\.db$/.exec(name.slice(stem.length)) ?? []
  return name.startsWith(stem) && digits ? { kind: kind as BackupKind, at: readStamp(digits) } : null
}

function readNeighbour(name: string, database: string): Told | null {
  const base = basename(database)
  if (!name.startsWith(`${base}.`)) return null
  const rest = name.slice(base.length + 1)
  if (/^v\d+\.backup$/.test(rest)) return { kind: 'migration', at: null }
  const digits = /^replaced-(\d{8}T\d{9}Z)$/.exec(rest)?.[1]
  return digits ? { kind: 'replaced', at: readStamp(digits) } : null
}

function stemOf(database: string): string {
  return basename(database).replace(/\.db$/, '')
}

function stamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:.]/g, '')
}

function readStamp(digits: string): number {
  return Date.parse(digits.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z'))
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
