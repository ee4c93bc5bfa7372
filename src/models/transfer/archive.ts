import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { SemdexError, throwIfAborted, toSemdexError } from '../../core/errors.ts'
import { cannotWrite } from './failures.ts'
import { isSafePath } from './paths.ts'
import { diskFull, isDiskFull, requireSpace } from './space.ts'

export interface Source {
  /** Holds the model. */
  folder: string
  /** Removes what was unpacked. */
  close(): Promise<void>
}

/**
 * Unpacks the model in an archive into a new folder below `temporary`: of all its entries, those of the one folder that
 * holds a model. Nothing of an archive that is broken, encrypted or hostile stays.
 * @throws {SemdexError} `ARCHIVE_INVALID`, naming the archive; `DISK_FULL`, `ABORTED`.
 */
export async function unpackModel(archive: string, temporary: string, signal?: AbortSignal): Promise<Source> {
  const { zip, entries } = await openArchive(archive)
  let folder: string | null = null
  try {
    const root = modelRoot(archive, entries)
    const wanted = entries.filter(({ fileName }) => fileName.startsWith(root))
    await checkSizes(archive, wanted, temporary)
    await mkdir(temporary, { recursive: true })
    folder = await mkdtemp(join(temporary, 'model-'))
    const made = folder
    for (const entry of wanted) await unpackEntry(zip, entry, join(made, entry.fileName.slice(root.length)), signal)
    return { folder: made, close: () => rm(made, { recursive: true, force: true }) }
  } catch (thrown) {
    if (folder) await rm(folder, { recursive: true, force: true })
    throw asArchiveError(archive, thrown)
  } finally {
    zip.close()
  }
}

/** The files of an archive, each with a path that stays below the folder it is unpacked into. */
async function openArchive(archive: string): Promise<{ zip: ZipFile; entries: Entry[] }> {
  const zip = await openPromise(archive, { autoClose: false }).catch((thrown) => {
    throw asArchiveError(archive, thrown)
  })
  try {
    const entries: Entry[] = []
    for await (const entry of zip.eachEntry()) {
      rejectEntry(archive, entry, entries.length)
      if (!entry.fileName.endsWith('/')) entries.push(entry)
    }
    return { zip, entries }
  } catch (thrown) {
    zip.close()
    throw asArchiveError(archive, thrown)
  }
}

const MOST_ENTRIES = 100_000

function rejectEntry(archive: string, entry: Entry, before: number): void {
  const name = JSON.stringify(entry.fileName)
  const type = (entry.externalFileAttributes >>> 16) & 0o170000
  if (before === MOST_ENTRIES) throw invalid(archive, `holds more than ${MOST_ENTRIES} files`)
  if (!isSafePath(entry.fileName.replace(/\/$/, ''))) throw invalid(archive, `holds the unsafe path ${name}`)
  if (entry.isEncrypted()) throw invalid(archive, `is encrypted: ${name}`)
  if (![0, REGULAR, DIRECTORY].includes(type)) throw invalid(archive, `holds ${name}, which is a link or a device`)
  if (!entry.canDecodeFileData()) throw invalid(archive, `packs ${name} in a way that is not known here`)
}

/** Types of files in the upper half of a Unix mode. */
const REGULAR = 0o100000
const DIRECTORY = 0o040000

/** The folder of the archive that holds a model, with its slash; a folder inside another model's belongs to that. */
function modelRoot(archive: string, entries: readonly Entry[]): string {
  const names = new Set(entries.map(({ fileName }) => fileName))
  const withWeights = new Set([...names].flatMap(foldersOfWeights))
  const roots = [...withWeights].filter((root) => DESCRIPTIONS.some((file) => names.has(root + file)))
  const outermost = roots.filter((root) => !roots.some((other) => other !== root && root.startsWith(other)))
  if (outermost.length === 1) return outermost[0] as string
  if (outermost.length === 0) throw invalid(archive, 'holds no model: no weights with a config.json or tokenizer.json')
  throw invalid(archive, `holds several models: ${outermost.join(', ')}`)
}

/** The folders of models that a file would be the weights of: its own, and that above `onnx/`. */
function foldersOfWeights(name: string): string[] {
  const folder = /^((?:.*\/)?)(?:[^/]+\.onnx|model\.safetensors)$/.exec(name)?.[1]
  return folder === undefined ? [] : [folder, folder.replace(/(^|\/)onnx\/$/, '$1')]
}

const DESCRIPTIONS = ['semdex.json', 'config.json', 'tokenizer.json']

/** Before anything is written, by what the archive declares; what is more than it declares ends the unpacking. */
async function checkSizes(archive: string, entries: readonly Entry[], temporary: string): Promise<void> {
  const total = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0)
  const { size } = await stat(archive)
  if (total > HARMLESS_BYTES && total > size * MOST_RATIO) {
    throw invalid(archive, `would grow from ${size} to ${total} bytes, as no model does`)
  }
  await requireSpace(temporary, total)
}

const HARMLESS_BYTES = 100_000_000
/** Weights hardly shrink, and a tokenizer to a fifth; an archive made to fill disks shrinks to a thousandth. */
const MOST_RATIO = 100

async function unpackEntry(zip: ZipFile, entry: Entry, file: string, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal)
  await mkdir(dirname(file), { recursive: true })
  const sums = { crc32: 0, bytes: 0 }
  const check = new Transform({
    transform(part: Buffer, _encoding, done) {
      sums.crc32 = crc32(part, sums.crc32)
      sums.bytes += part.length
      done(null, part)
    },
  })
  const packed = await zip.openReadStreamPromise(entry)
  await pipeline(packed, check, createWriteStream(file, { flags: 'wx' }), { signal })
  if (sums.crc32 === entry.crc32 && sums.bytes === entry.uncompressedSize) return
  throw new Error(`the file ${JSON.stringify(entry.fileName)} is not what its checksum says`)
}

function asArchiveError(archive: string, thrown: unknown): SemdexError {
  const { name, code, syscall, message, path } = thrown as NodeJS.ErrnoException
  if (thrown instanceof SemdexError) return thrown
  if (name === 'AbortError') return toSemdexError(thrown)
  if (isDiskFull(thrown)) return diskFull(path ?? archive, { needed: null, free: null }, thrown)
  if (/^mkd/.test(syscall ?? '') && /^(EACCES|EPERM|EROFS)$/.test(code ?? '')) return cannotWrite(path ?? '', thrown)
  return invalid(archive, `cannot be unpacked: ${message}`, thrown)
}

function invalid(archive: string, reason: string, cause?: unknown): SemdexError {
  return new SemdexError('ARCHIVE_INVALID', {
    message: `The archive ${archive} ${reason}.`,
    fix: 'Pack the folder of the model again: as a .zip without a password, with plain files',
    details: { archive },
    cause,
  })
}
