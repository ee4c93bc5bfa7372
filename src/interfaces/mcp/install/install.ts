import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SemdexError } from '../../../core/errors.ts'
import { CLIENTS, type Machine } from './clients.ts'
import type { Command } from './command.ts'
import { changedLines } from './difference.ts'
import type { Entry } from './formats.ts'
import { alone, mergeInto, SERVER_NAME } from './merge.ts'
import type { ClientName } from './names.ts'

export interface Installation {
  client: ClientName
  title: string
  file: string
  format: string
  key: string
  entry: Entry
  /** The configuration of this server alone. */
  text: string
  /** What makes the client read the file. */
  afterwards: string
}

/** What goes where, without reading anything. */
export function planInstallation(
  client: ClientName,
  { command, args }: Command,
  machine: Machine,
  file = CLIENTS[client].file(machine),
): Installation {
  const { title, format, key, extra, afterwards } = CLIENTS[client]
  const entry = { ...extra, command, args }
  return { client, title, file, format, key, entry, text: alone(format, key, entry), afterwards }
}

export interface FileChange {
  before: string | null
  after: string
  /** Lines that go and come, with a sign before each; empty where nothing changes. */
  lines: string[]
}

/**
 * What installing changes in the client's file.
 * @throws {SemdexError} `CONFIGURATION_INVALID`, `PATH_UNREADABLE`
 */
export async function planChange({ client, entry, file }: Installation): Promise<FileChange> {
  const { format, key } = CLIENTS[client]
  const before = await readIfThere(file)
  const after = mergeInto(before ?? '', { format, key, entry, file })
  return { before, after, lines: after === before ? [] : changedLines(before ?? '', after) }
}

/**
 * Writes the change whole or not at all; a file that was there is kept beside it.
 * @returns the copy's path; null where there was no file
 */
export async function writeChange(file: string, { before, after }: FileChange, now: Date): Promise<string | null> {
  const target = before === null ? file : await realpath(file)
  await mkdir(dirname(target), { recursive: true })
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const backup = before === null ? null : `${target}.${stamp}.bak`
  if (backup !== null) await copyFile(target, backup, constants.COPYFILE_EXCL)
  const draft = `${target}.${SERVER_NAME}-${process.pid}.tmp`
  try {
    await writeFile(draft, after, { flag: 'wx' })
    if (before !== null) await chmod(draft, (await stat(target)).mode & 0o777)
    await rename(draft, target)
  } finally {
    await rm(draft, { force: true })
  }
  return backup
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new SemdexError('PATH_UNREADABLE', {
      message: `${file} cannot be read: ${(cause as Error).message}.`,
      details: { file },
      cause,
    })
  }
}
