import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { throwIfAborted } from '../../core/errors.ts'
import type { ModelTransfer } from '../../core/parts.ts'

/** A file of a model, and where it belongs. */
export interface Placed {
  /** Relative to the model's folder. */
  path: string
  /** Absolute. */
  file: string
  sha256: string | null
  bytes: number | null
}

/** For each file what lies there, or null where it is missing or not the one that is wanted. Reads every file whole. */
export async function findPresent(
  wanted: readonly Placed[],
  signal?: AbortSignal,
): Promise<(ModelTransfer['files'][number] | null)[]> {
  const found: (ModelTransfer['files'][number] | null)[] = []
  for (const { path, file, sha256, bytes } of wanted) {
    const size = await stat(file).then(
      (stats) => (stats.isFile() ? stats.size : null),
      () => null,
    )
    const right = size !== null && (bytes === null || bytes === size)
    const actual = right ? await readableSha256(file, signal) : null
    const same = actual !== null && (sha256 === null || sha256 === actual)
    found.push(same ? { path, sha256: actual, bytes: size as number, state: 'present' } : null)
  }
  return found
}

/** Null for a file that cannot be read: it is as good as missing. */
async function readableSha256(file: string, signal: AbortSignal | undefined): Promise<string | null> {
  return sha256OfFile(file, signal).catch(() => {
    throwIfAborted(signal)
    return null
  })
}

export async function sha256OfFile(file: string, signal?: AbortSignal): Promise<string> {
  const { hash } = await hashFile(file, signal)
  return hash.digest('hex')
}

/** The running hash over a file's bytes, to go on with. */
export async function hashFile(file: string, signal?: AbortSignal): Promise<{ hash: Hash; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
    hash.update(part as Buffer)
    bytes += (part as Buffer).length
  }
  return { hash, bytes }
}
