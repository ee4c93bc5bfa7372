import { statfs } from 'node:fs/promises'
import { SemdexError } from '../core/errors.ts'

/**
 * Asks whether so many bytes fit into a folder. A file system that does not tell passes.
 * @throws {SemdexError} `DISK_FULL`, with the needed and the free bytes
 */
export async function requireSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(folder)
  const free = bavail * bsize
  if (blocks === 0 || needed <= free) return
  const say = (bytes: number) => `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`
  throw new SemdexError('DISK_FULL', {
    message: `There is too little space in ${folder}: ${say(needed)} are needed, ${say(free)} are free.`,
    fix: 'Free some disk space',
    details: { path: folder, needed, free },
  })
}
