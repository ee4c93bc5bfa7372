import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { SemdexError } from '../core/errors.ts'
import type { ModelSpec } from '../core/model-spec.ts'
import type { ModelTransfer, TransferOptions } from '../core/parts.ts'
import { embeddingFingerprint } from './fingerprint.ts'
import { readFolderSpec } from './folders/folder-spec.ts'
import { invalid, readSpecFile } from './folders/spec-schema.ts'
import { cacheFolder, knownModel, type ModelPlaces } from './locate.ts'
import { pullSpec, recorded } from './pull.ts'
import { isPullable, readRecord, writeRecord } from './record.ts'
import type { HubSettings } from './transfer/index.ts'
import { recordDigests, verifyModel } from './verify.ts'

type AddSettings = ModelPlaces & HubSettings
type AddOptions = TransferOptions & { name?: string }

/**
 * Takes a model into the cache: from a spec with its files beside it, from a spec whose files are pulled, or from a folder
 * or archive in Hugging Face layout. What it was taken from may be removed afterwards.
 * @throws {SemdexError} `PATH_NOT_FOUND`, `ARCHIVE_INVALID`, `MODEL_INVALID`, `MODEL_DAMAGED`, `MODEL_EXISTS`, `INVALID_INPUT`,
 * and what a download throws.
 */
export async function addModel(path: string, settings: AddSettings, options: AddOptions): Promise<ModelTransfer> {
  const absolute = resolve(path)
  const stats = await stat(absolute).catch((cause) => {
    throw notFound(path, cause)
  })
  const isSpec = stats.isFile() && absolute.toLowerCase().endsWith('.json')
  return isSpec ? addSpec(absolute, settings, options) : addSource(absolute, settings, options)
}

async function addSpec(file: string, settings: AddSettings, options: AddOptions): Promise<ModelTransfer> {
  const spec = renamed(readSpecFile(file), options.name)
  const beside = dirname(file)
  const missing = spec.files.filter(({ path }) => !existsSync(join(beside, path)))
  if (missing.length === 0) return install(await wholeSpec(spec, beside, settings), beside, settings, options)
  if (!isPullable(spec)) {
    throw invalid(
      join(beside, missing[0]?.path as string),
      `is missing, and the source ${spec.source.repository} is no repository (owner/name) to pull it from`,
    )
  }
  const folder = await placeFor(spec, settings)
  tellNotice(spec, options)
  return pullSpec(spec, spec.name, folder, { ...settings, ...options })
}

async function addSource(path: string, settings: AddSettings, options: AddOptions): Promise<ModelTransfer> {
  const parent = join(settings.cacheDirectory, 'temporary')
  await mkdir(parent, { recursive: true })
  const temporary = await mkdtemp(join(parent, 'add-'))
  const { openSource } = await import('./transfer/index.ts')
  const { signal } = options
  try {
    const source = await openSource(path, { temporary, ...(signal && { signal }) })
    try {
      const spec = await sourceSpec(path, source.folder, temporary, options.name)
      return await install(spec, source.folder, settings, options)
    } finally {
      await source.close()
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Digests of what may lie in a temporary folder are remembered there. */
async function sourceSpec(path: string, folder: string, temporary: string, name: string | undefined) {
  const origin = originOf(path, folder)
  const found = await readFolderSpec(folder, { cacheDirectory: temporary, name: name ?? origin.name })
  const isUnsourced = found.source.repository === found.name
  const spec = renamed(isUnsourced && origin.source ? { ...found, source: origin.source } : found, name)
  return wholeSpec(spec, folder, { cacheDirectory: temporary })
}

/** A Hugging Face cache names the repository and the revision; a folder or an archive only has a name. */
function originOf(path: string, folder: string): { name: string; source: ModelSpec['source'] | null } {
  const inCache = /models--([^/\\]+)--([^/\\]+)[/\\]snapshots[/\\]([^/\\]+)/.exec(folder)
  if (inCache) {
    const [, owner, name = '', revision = null] = inCache
    return { name, source: { repository: `${owner}/${name}`, revision } }
  }
  const bare = basename(path).replace(/\.(zip|jar)$|-\d.*\.whl$|\.whl$/i, '')
  return { name: bare.replaceAll(/[^\w.-]+/g, '-'), source: null }
}

/** With all its checksums, which hold. */
async function wholeSpec(spec: ModelSpec, folder: string, places: { cacheDirectory: string }): Promise<ModelSpec> {
  await verifyModel({ name: folder, spec, folder }, places)
  return recordDigests(spec, folder, places)
}

async function install(
  spec: ModelSpec,
  from: string,
  settings: AddSettings,
  options: AddOptions,
): Promise<ModelTransfer> {
  const folder = await placeFor(spec, settings)
  tellNotice(spec, options)
  const { copyModel } = await import('./transfer/index.ts')
  const sources = spec.files.map((file) => ({ ...file, from: join(from, file.path) }))
  const files = await copyModel(sources, { folder }, options)
  await writeRecord(folder, { ...spec, files: recorded(spec, files) })
  return { model: spec.name, folder, licence: spec.licence, files }
}

function renamed(spec: ModelSpec, name: string | undefined): ModelSpec {
  const chosen = name ?? spec.name
  if (/^(?!\.)[\w.-]{1,100}$/.test(chosen)) return { ...spec, name: chosen }
  throw new SemdexError('INVALID_INPUT', {
    message: `${chosen} cannot be the name of a model: letters, digits, dots, dashes and underscores can, 100 at most.`,
    fix: 'Give another with --name',
    details: { field: 'name', name: chosen },
  })
}

/** The folder of a model's name, where nothing else has it. @throws {SemdexError} `MODEL_EXISTS` */
async function placeFor(spec: ModelSpec, settings: AddSettings): Promise<string> {
  const folder = cacheFolder(spec.name, settings)
  const known = knownModel(spec.name)
  if (known && known.files.length > 0 && !isSame(spec, known)) throw exists(spec.name, 'the catalogue')
  const before = readRecord(folder)
  const fingerprint = embeddingFingerprint(spec)
  if (before === null || (fingerprint !== null && fingerprint === embeddingFingerprint(before))) return folder
  throw exists(spec.name, folder)
}

/** Whether a spec has the catalogue's files, as far as their checksums are published. */
function isSame(spec: ModelSpec, known: ModelSpec): boolean {
  return (
    spec.files.length === known.files.length &&
    known.files.every(({ path, sha256 }) =>
      spec.files.some((file) => file.path === path && (sha256 === null || sha256 === file.sha256)),
    )
  )
}

function tellNotice({ notice }: ModelSpec, { onNotice }: AddOptions): void {
  if (notice !== null) onNotice?.(notice)
}

function exists(name: string, place: string): SemdexError {
  return new SemdexError('MODEL_EXISTS', {
    message: `Another model is called ${name} already (${place}).`,
    fix: 'Give this one another name with --name, or remove the other (semdex models remove)',
    details: { model: name, place },
  })
}

function notFound(path: string, cause: unknown): SemdexError {
  return new SemdexError('PATH_NOT_FOUND', {
    message: `There is no file or folder ${path}.`,
    details: { path },
    cause,
  })
}
