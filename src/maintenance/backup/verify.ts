import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { SemdexError, toSemdexError } from '../../core/errors.ts'
import type { Parts, Storage } from '../../core/parts.ts'
import type { Collection } from '../../core/ports/record-store.ts'
import type { Contents, Upkeep } from '../../core/ports/upkeep.ts'
import { sideModel } from '../../core/sides.ts'

export interface Verification {
  contents: Contents
  /** Searches that were tried in it, each of which found what it should. */
  searches: number
}

/**
 * Opens a backup, has SQLite check it, compares what is in it with `expected`, and searches it. The file stays as it is: one
 * of an older schema is tried as a copy in the system's folder for temporary files.
 * @throws {SemdexError} `BACKUP_INVALID`; `PATH_NOT_FOUND`, `DATABASE_NEWER`, `DATABASE_FOREIGN`, `DISK_FULL`, `ABORTED`
 */
export async function verifyBackup(
  parts: Pick<Parts, 'openStorage'>,
  path: string,
  { expected = null, signal }: { expected?: Contents | null; signal?: AbortSignal } = {},
): Promise<Verification> {
  await requireFile(path)
  const { storage, end } = await openUnchanged(parts, path)
  try {
    return await verifyStorage(storage, { path, expected, signal })
  } finally {
    await end()
  }
}

/** As `verifyBackup`, of one that is open. */
export async function verifyStorage(
  storage: Storage,
  { path, expected = null, signal }: { path: string; expected?: Contents | null; signal?: AbortSignal | undefined },
): Promise<Verification> {
  try {
    const upkeep = requireUpkeep(storage)
    const problems = await upkeep.check(signal && { signal })
    if (problems.length > 0) throw invalid(path, problems)
    const contents = await upkeep.contents()
    const differences = expected ? compare(contents, expected) : []
    if (differences.length > 0) throw invalid(path, differences)
    return { contents, searches: await trySearches(storage, path) }
  } catch (thrown) {
    throw asInvalid(thrown, path)
  }
}

/** @throws {SemdexError} `PATH_NOT_FOUND`, `BACKUP_INVALID` for what is no file */
export async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (!found) {
    throw new SemdexError('PATH_NOT_FOUND', {
      message: `There is no backup at ${path}.`,
      fix: 'semdex backup list',
      details: { path },
    })
  }
  if (!found.isFile()) throw invalid(path, ['it is not a file'])
}

/** @throws {SemdexError} `INVALID_INPUT` where the database is no file */
export function requireUpkeep({ upkeep, file }: Storage): Upkeep {
  if (upkeep) return upkeep
  throw new SemdexError('INVALID_INPUT', { message: `The database ${file} is no file.` })
}

async function openUnchanged(parts: Pick<Parts, 'openStorage'>, path: string) {
  try {
    const storage = await parts.openStorage(path, { readOnly: true })
    return { storage, end: () => storage.close() }
  } catch (thrown) {
    if (!(thrown instanceof SemdexError) || thrown.code !== 'DATABASE_READ_ONLY') throw asInvalid(thrown, path)
  }
  const folder = await mkdtemp(join(tmpdir(), 'semdex-verify-'))
  const removeFolder = () => rm(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, basename(path))
    await copyFile(path, copy)
    const storage = await parts.openStorage(copy)
    return { storage, end: () => storage.close().then(removeFolder) }
  } catch (thrown) {
    await removeFolder()
    throw asInvalid(thrown, path)
  }
}

/** In each collection, the first documents that can be found must be: by their vectors and by their words. */
async function trySearches(storage: Storage, path: string): Promise<number> {
  let searches = 0
  for (const collection of await storage.records.collections()) {
    const { records } = storage
    const documents = await records.documents(collection.name, { limit: SAMPLED })
    for (const { id, side, active } of documents) {
      if (!active) continue
      const [chunk] = await records.chunksOfDocument(collection.name, id)
      if (!chunk) continue
      searches += await tryChunk(storage, collection, { key: chunk.key, text: chunk.text, side, path })
    }
  }
  return searches
}

const SAMPLED = 3

interface Tried {
  key: number
  text: string
  side: Parameters<typeof sideModel>[1]
  path: string
}

async function tryChunk(storage: Storage, collection: Collection, { key, text, side, path }: Tried): Promise<number> {
  const model = sideModel(collection, side)
  const vector = (await storage.records.vectors([key], model.fingerprint)).get(key)
  const [nearest] = vector ? await storage.vectorIndex(collection, model).search(vector, { limit: 1 }) : []
  if (vector && (nearest?.similarity ?? 0) < ITSELF)
    throw invalid(path, [`a vector of ${collection.name} is not found`])
  const { hits, included, terms } = await storage.lexicalIndex(collection).search(text, { limit: 1, include: [key] })
  if (terms.length > 0 && ![...hits, ...included].some((hit) => hit.key === key)) {
    throw invalid(path, [`a text of ${collection.name} is not found by its words`])
  }
  return (vector ? 1 : 0) + (terms.length > 0 ? 1 : 0)
}

/** The cosine of a vector with itself, in float32. */
const ITSELF = 0.9999

function compare(found: Contents, expected: Contents): string[] {
  return (Object.keys(expected) as (keyof Contents)[])
    .filter((field) => found[field] !== expected[field])
    .map((field) => `${field}: ${found[field]} instead of ${expected[field]}`)
}

/** What cannot be opened or read because it is damaged is no valid backup; all else is its own error. */
export function asInvalid(thrown: unknown, path: string): SemdexError {
  const error = toSemdexError(thrown)
  return error.code === 'DATABASE_CORRUPT' ? invalid(path, ['SQLite cannot read all of it'], error) : error
}

function invalid(path: string, problems: readonly string[], cause?: unknown): SemdexError {
  return new SemdexError('BACKUP_INVALID', {
    message: `The backup ${path} is damaged: ${problems.slice(0, 3).join('; ')}.`,
    fix: 'Take another (semdex backup list)',
    details: { path, problems: problems.slice(0, 20) },
    cause,
  })
}
