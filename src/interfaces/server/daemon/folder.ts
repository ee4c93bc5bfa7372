import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { SemdexError } from '../../../core/errors.ts'
import type { DaemonPlace } from './place.ts'

/** The longest path that a Unix socket can have on every system. */
const LONGEST_SOCKET = 103

/**
 * Whoever may write into the folder could answer in the daemon's name: it is made for the user alone.
 * @throws {SemdexError} `SERVER_FAILED`
 */
export function makePrivateFolder({ folder, socket }: DaemonPlace): void {
  if (process.platform !== 'win32' && Buffer.byteLength(socket) > LONGEST_SOCKET) {
    throw unusable(folder, `is too long a path for a socket, by ${Buffer.byteLength(socket) - LONGEST_SOCKET} bytes`)
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (isOwn(folder)) chmodSync(folder, 0o700)
  } catch (cause) {
    throw unusable(folder, 'cannot be made', cause)
  }
  if (!isOwn(folder)) throw unusable(folder, "is another user's, or no folder")
}

/** Whether it is a folder of this process's user that no other can write into. */
export function isPrivate(folder: string): boolean {
  const { mode } = lstatSync(folder)
  return isOwn(folder) && (process.platform === 'win32' || (mode & 0o077) === 0)
}

export function restrictSocket({ socket }: DaemonPlace): void {
  if (process.platform !== 'win32') chmodSync(socket, 0o600)
}

function isOwn(folder: string): boolean {
  const found = lstatSync(folder)
  return found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid())
}

function unusable(folder: string, reason: string, cause?: unknown): SemdexError {
  return new SemdexError('SERVER_FAILED', {
    message: `The daemon cannot use ${folder}: it ${reason}.`,
    fix: 'Name another folder with SEMDEX_DAEMON_FOLDER',
    details: { folder },
    cause,
  })
}
