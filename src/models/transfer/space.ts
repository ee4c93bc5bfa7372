import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SemdexError } from '../../core/errors.ts'

/**
 * Asks whether so many bytes fit where a path is, or will be. A file system that does not tell passes.
 * @throws {SemdexError} `DISK_FULL`, with the needed and the free bytes.
 */
export async function requireSpace(path: string, needed: number): Promise<void> {
  const free = await freeBytes(path)
  if (free !== null && needed > free) throw diskFull(path, { needed, free })
}

/** Null where the file system does not tell. */
export async function freeBytes(path: string): Promise<number | null> {
  try {
    const { bavail, bsize, blocks } = await statfs(path)
    return blocks === 0 ? null : bavail * bsize
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) return null
    return freeBytes(dirname(path))
  }
}

/** Whether a write failed because the disk, a quota or the limit of a file's size is reached. */
export function isDiskFull(thrown: unknown): boolean {
  return /^(ENOSPC|EDQUOT|EFBIG)$/.test(String((thrown as { code?: unknown } | null)?.code))
}

export function diskFull(
  path: string,
  { needed, free }: { needed: number | null; free: number | null },
  cause?: unknown,
): SemdexError {
  const sizes = needed === null ? '' : `: ${say(needed)} are needed${free === null ? '' : `, ${say(free)} are free`}`
  return new SemdexError('DISK_FULL', {
    message: `There is no space left for ${path}${sizes}.`,
    fix: 'Free some disk space, or name another folder in the setting cache (SEMDEX_CACHE)',
    details: { path, needed, free },
    cause,
  })
}

function say(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`
}
