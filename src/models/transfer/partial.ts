import { createHash } from 'node:crypto'
import { constants, type FileHandle, mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, relative, sep } from 'node:path'
import { SemdexError, toSemdexError } from '../../core/errors.ts'
import { cannotWrite } from './failures.ts'
import { hashFile } from './present.ts'
import { diskFull, freeBytes, isDiskFull } from './space.ts'

/** What the server said of the file that the bytes are of. */
export interface Origin {
  url: string
  /** What it may be asked to go on from (`If-Range`); null where it gave no strong one. */
  etag: string | null
  sha256: string | null
  bytes: number | null
}

/** A file on its way: `<file>.partial`, and beside it where its bytes come from. One process at a time may hold it. */
export interface Partial {
  readonly bytes: number
  /** Null where it is empty or nothing is known of its bytes. */
  readonly origin: Origin | null
  /** Empties it, for bytes of this origin. */
  restart(origin: Origin | null): Promise<void>
  append(part: Uint8Array): Promise<void>
  sha256(): string
  /** Makes it durable and puts it in place, over what lies there. */
  place(): Promise<void>
  close(): Promise<void>
  /** Closes it and removes what has come. */
  discard(): Promise<void>
}

export function partialOf(file: string): string {
  return `${file}.partial`
}

/**
 * What has come of a file, or nothing yet. Reads what is there, for its hash.
 * @throws {SemdexError} `PATH_UNREADABLE`, `DISK_FULL`
 */
export async function openPartial(folder: string, file: string, signal?: AbortSignal): Promise<Partial> {
  const path = partialOf(file)
  const note = `${path}.json`
  const handle = await openBelow(folder, path)
  let { origin, hash, bytes } = await readBack(path, note, handle, signal)

  async function restart(next: Origin | null): Promise<void> {
    // In this order, a crash never leaves bytes beside the note of others.
    await handle.truncate(0)
    hash = createHash('sha256')
    bytes = 0
    origin = next
    if (next) await writeFile(note, JSON.stringify(next))
    else await rm(note, { force: true })
  }

  async function append(part: Uint8Array): Promise<void> {
    for (let from = 0; from < part.length; ) {
      const { bytesWritten } = await handle.write(part, from, part.length - from, bytes + from)
      from += bytesWritten
    }
    hash.update(part)
    bytes += part.length
  }

  async function place(): Promise<void> {
    await handle.sync()
    await handle.close()
    await rename(path, file)
    await rm(note, { force: true })
    await syncFolder(dirname(file))
  }

  async function discard(): Promise<void> {
    await handle.close()
    await Promise.all([rm(path, { force: true }), rm(note, { force: true })])
  }

  function guarded<Args extends unknown[]>(action: (...args: Args) => Promise<void>) {
    return (...args: Args) =>
      action(...args).catch(async (thrown) => {
        throw await fromFile(path, thrown)
      })
  }
  return {
    get bytes() {
      return bytes
    },
    get origin() {
      return origin
    },
    restart: guarded(restart),
    append: guarded(append),
    sha256: () => hash.copy().digest('hex'),
    place: guarded(place),
    close: () => handle.close(),
    discard: guarded(discard),
  }
}

async function openBelow(folder: string, path: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true })
    const inside = relative(await realpath(folder), await realpath(dirname(path)))
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw new Error('a link on the way leaves the folder of the model')
    }
    // A link in its place is not followed; Windows knows no such flag.
    return await open(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0))
  } catch (thrown) {
    throw await fromFile(path, thrown)
  }
}

async function readBack(path: string, note: string, handle: FileHandle, signal: AbortSignal | undefined) {
  try {
    const origin = await readNote(note)
    if (!origin) await handle.truncate(0)
    return { origin, ...(await hashFile(path, signal)) }
  } catch (thrown) {
    await handle.close()
    throw await fromFile(path, thrown)
  }
}

/** Null for a note that is missing, or cut: then it is no JSON. */
async function readNote(note: string): Promise<Origin | null> {
  try {
    const { url, etag, sha256, bytes } = JSON.parse(await readFile(note, 'utf8')) as Origin
    return { url, etag, sha256, bytes }
  } catch {
    return null
  }
}

/** Makes a rename in the folder durable; Windows does so by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}

async function fromFile(path: string, thrown: unknown): Promise<SemdexError> {
  if (thrown instanceof SemdexError) return thrown
  if (isDiskFull(thrown)) return diskFull(path, { needed: null, free: await freeBytes(path) }, thrown)
  return thrown instanceof Error && thrown.name === 'AbortError' ? toSemdexError(thrown) : cannotWrite(path, thrown)
}
