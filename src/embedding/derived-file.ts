import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * A file that can be made again from another at any time, kept to save that work at a cold start. Beside it lies a stamp of
 * its size, time and inode: a file that does not agree with its stamp counts as missing.
 */
export interface DerivedFile {
  path: string
  state: 'ready' | 'missing' | 'unusable'
}

/** Costs one small read and one stat. */
export function findDerived(path: string): DerivedFile {
  try {
    const stamp = readFileSync(`${path}.ok`, 'utf8')
    if (stamp === UNUSABLE) return { path, state: 'unusable' }
    return { path, state: stamp === stampOf(path) ? 'ready' : 'missing' }
  } catch {
    return { path, state: 'missing' }
  }
}

/**
 * Makes the file under a temporary name and puts it in place whole, never over bytes that another process may have mapped.
 * `make` answers whether what it wrote may be used; where not, that is remembered. Where nothing can be written, nothing is.
 */
export async function writeDerived(path: string, make: (temporary: string) => Promise<boolean>): Promise<void> {
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true })
    if (await make(temporary)) {
      renameSync(temporary, path)
      writeStamp(path, stampOf(path), temporary)
    } else {
      writeStamp(path, UNUSABLE, temporary)
    }
  } catch {
    forgetDerived(path)
  } finally {
    removeQuietly(temporary)
  }
}

/** The file counts as missing from now on. */
export function forgetDerived(path: string): void {
  removeQuietly(`${path}.ok`)
}

/** Also where a folder on the way is no folder, which is an error even with `force`. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {}
}

const UNUSABLE = 'unusable'

function writeStamp(path: string, stamp: string, temporary: string): void {
  writeFileSync(temporary, stamp)
  renameSync(temporary, `${path}.ok`)
}

function stampOf(path: string): string {
  const { size, mtimeNs, ino } = statSync(path, { bigint: true })
  return `${size}-${mtimeNs}-${ino}`
}
