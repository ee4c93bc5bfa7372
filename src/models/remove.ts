import { existsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digest } from '../core/digest.ts'
import { SemdexError } from '../core/errors.ts'
import { modelNotInstalled } from '../core/not-installed.ts'
import type { ModelRemoval } from '../core/parts.ts'
import { MODEL_PACKAGES } from './catalogue/catalogue.ts'
import { cacheFolder, knownModel, locateModel, type ModelPlaces, packageFolder } from './locate.ts'

/**
 * Removes what was pulled or added: a folder of the cache, and what was derived from its files.
 * @throws {SemdexError} `MODEL_UNKNOWN`; `MODEL_NOT_INSTALLED` for a model that is not in the cache.
 */
export async function removeModel(name: string, places: ModelPlaces): Promise<ModelRemoval> {
  const folder = cacheFolder(name, places)
  if (!/^(?!\.)[\w.-]+$/.test(name) || !existsSync(folder)) throw await notInCache(name, places)
  const { withFolderLock } = await import('./transfer/index.ts')
  const derived = await derivedFiles(name, places)
  const bytes = await withFolderLock(folder, {}, () => removeAll(folder, derived))
  await rm(join(places.cacheDirectory, 'verified', `${digest(folder)}.json`), { force: true })
  return { model: name, folder, bytes }
}

/** Answers how many bytes are free now. */
async function removeAll(folder: string, derived: readonly string[]): Promise<number> {
  const files = [...(await filesBelow(folder)), ...derived]
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  for (const path of [folder, ...derived]) await rm(path, { recursive: true, force: true, maxRetries: 3 })
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

/** Optimised graphs and vocabularies: they bear the checksum of what they were made from. */
async function derivedFiles(name: string, places: ModelPlaces): Promise<string[]> {
  const folder = join(places.cacheDirectory, 'derived')
  const located = await locateModel(name, places).catch(() => null)
  if (!located || located.folder !== cacheFolder(name, places) || !existsSync(folder)) return []
  const digests = located.spec.files.flatMap(({ sha256 }) => sha256 ?? [])
  const names = await readdir(folder)
  return names.filter((each) => digests.some((sha256) => each.includes(sha256))).map((each) => join(folder, each))
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function notInCache(name: string, places: ModelPlaces): Promise<SemdexError> {
  const { folder, spec } = await locateModel(name, places)
  const details = { model: name, folder, removal: true }
  if (folder === null) {
    const { message } = modelNotInstalled(spec)
    return new SemdexError('MODEL_NOT_INSTALLED', { message, fix: 'There is nothing to remove', details })
  }
  const fromPackage = knownModel(name) !== null && folder === packageFolder(name)
  return new SemdexError('MODEL_NOT_INSTALLED', {
    message: `The model ${name} was neither pulled nor added: it lies in ${folder}, which Semdex leaves alone.`,
    fix: fromPackage ? `npm uninstall ${MODEL_PACKAGES[name]}` : 'Remove that folder yourself',
    details,
  })
}
