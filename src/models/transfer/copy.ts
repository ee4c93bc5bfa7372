import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { SemdexError, throwIfAborted, toSemdexError } from '../../core/errors.ts'
import type { ModelTransfer, TransferOptions } from '../../core/parts.ts'
import { withFolderLock } from './lock.ts'
import { openPartial } from './partial.ts'
import { placeIn } from './paths.ts'
import { findPresent, type Placed, sha256OfFile } from './present.ts'
import { requireSpace } from './space.ts'

export interface CopyFile {
  /** Relative to the folder that it is copied into. */
  path: string
  /** Absolute; links are followed. */
  from: string
  /** Null: whatever the file holds is right. */
  sha256: string | null
  bytes: number | null
}

type TransferredFile = ModelTransfer['files'][number]

/**
 * Copies local files into a model's folder, with the same promises as a download: each is put in place whole and checked,
 * or not at all; what is there and right stays.
 * @throws {SemdexError} `PATH_NOT_FOUND` for a file that is not there, `MODEL_DAMAGED` for one that is not what was
 *   expected, `MODEL_INVALID` for a path that leaves the folder, `DISK_FULL`, `PATH_UNREADABLE`, `ABORTED`.
 */
export async function copyModel(
  files: readonly CopyFile[],
  { folder }: { folder: string },
  options: TransferOptions,
): Promise<TransferredFile[]> {
  throwIfAborted(options.signal)
  const sources = await Promise.all(files.map((file) => readSource(file, folder)))
  return withFolderLock(folder, { signal: options.signal }, async () => {
    const wanted = await withDigests(sources, options.signal)
    const found = await findPresent(wanted, options.signal)
    const missing = wanted.filter((_, index) => found[index] === null)
    await requireSpace(
      folder,
      missing.reduce((sum, { size }) => sum + size, 0),
    )
    const result: TransferredFile[] = []
    for (const [index, source] of wanted.entries())
      result.push(found[index] ?? (await copyFile(source, folder, options)))
    return result
  })
}

interface SourceFile extends Placed {
  from: string
  size: number
}

async function readSource({ path, from, sha256, bytes }: CopyFile, folder: string): Promise<SourceFile> {
  const file = placeIn(folder, path, folder)
  const stats = await stat(from).catch((cause) => Promise.reject(unreadable(from, cause)))
  if (!stats.isFile()) throw unreadable(from)
  return { path, from, file, sha256, bytes, size: stats.size }
}

/** A file without a checksum is only known to be there already by that of its source. */
async function withDigests(sources: readonly SourceFile[], signal: AbortSignal | undefined): Promise<SourceFile[]> {
  const result: SourceFile[] = []
  for (const source of sources) {
    const isThere = source.sha256 === null && (await stat(source.file).catch(() => null))?.size === source.size
    result.push(isThere ? { ...source, sha256: await sha256OfSource(source, signal) } : source)
  }
  return result
}

async function sha256OfSource({ from }: SourceFile, signal: AbortSignal | undefined): Promise<string> {
  return sha256OfFile(from, signal).catch((cause) => {
    throwIfAborted(signal)
    throw unreadable(from, cause)
  })
}

async function copyFile(source: SourceFile, folder: string, options: TransferOptions): Promise<TransferredFile> {
  const { path, from, file, size } = source
  const { signal, onProgress } = options
  const partial = await openPartial(folder, file, signal)
  try {
    await partial.restart(null)
    for await (const part of createReadStream(from, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
      await partial.append(part as Buffer)
      onProgress?.({ file: path, done: partial.bytes, total: size })
    }
    const copied = { path, sha256: partial.sha256(), bytes: partial.bytes, state: 'copied' as const }
    rejectOther(source, copied)
    await partial.place()
    return copied
  } catch (thrown) {
    await partial.discard().catch(() => undefined)
    throw isRead(thrown) ? unreadable(from, thrown) : toSemdexError(thrown)
  }
}

function rejectOther({ from, sha256, bytes }: SourceFile, copied: TransferredFile): void {
  if ((sha256 === null || sha256 === copied.sha256) && (bytes === null || bytes === copied.bytes)) return
  throw new SemdexError('MODEL_DAMAGED', {
    message: `The file ${from} is damaged: its sha256 or size is not the expected one.`,
    fix: 'Take the file from where it was published once more',
    details: { file: from, expected: sha256, actual: copied.sha256, expectedBytes: bytes, bytes: copied.bytes },
  })
}

function isRead(thrown: unknown): boolean {
  return /^(read|open)$/.test(String((thrown as NodeJS.ErrnoException).syscall))
}

function unreadable(file: string, cause?: unknown): SemdexError {
  return new SemdexError('PATH_NOT_FOUND', {
    message: `There is no file ${file} that can be read.`,
    details: { file },
    cause,
  })
}
