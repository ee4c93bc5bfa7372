import type { ModelSpec } from '../core/model-spec.ts'
import { modelNotInstalled } from '../core/not-installed.ts'
import type { ModelTransfer, TransferOptions } from '../core/parts.ts'
import { invalid } from './folders/spec-schema.ts'
import { cacheFolder, knownModel, type LocatedModel, locateModel, type ModelPlaces } from './locate.ts'
import { isPullable, readRecord, withRecord, writeRecord } from './record.ts'
import type { HubSettings, TransferredFile } from './transfer/index.ts'
import { verifyModel } from './verify.ts'

type PullSettings = ModelPlaces & HubSettings

/**
 * Brings a model to this machine by its name. What is there whole stays where it is; what is missing or damaged is
 * downloaded into the cache, and its checksums are recorded there.
 * @throws {SemdexError} `MODEL_UNKNOWN`; `MODEL_NOT_INSTALLED` for a model whose files nobody publishes; what
 * `pullModel` throws.
 */
export async function pullNamed(
  name: string,
  settings: PullSettings,
  options: TransferOptions,
): Promise<ModelTransfer> {
  const present = await wholeElsewhere(name, settings)
  if (present) return present
  const folder = cacheFolder(name, settings)
  const spec = await specToPull(name, folder, settings)
  if (spec.notice !== null) options.onNotice?.(spec.notice)
  return pullSpec(spec, name, folder, { ...settings, ...options })
}

/** Downloads what a folder lacks of a model, and records what it then holds. */
export async function pullSpec(
  spec: ModelSpec,
  name: string,
  folder: string,
  options: HubSettings & TransferOptions,
): Promise<ModelTransfer> {
  const { pullModel } = await import('./transfer/index.ts')
  const files = await pullModel(spec, { folder }, options)
  await writeRecord(folder, { ...spec, name, files: recorded(spec, files) })
  return { model: name, folder, licence: spec.licence, files }
}

/** The files of a spec with the checksums that were found. */
export function recorded(spec: ModelSpec, found: readonly TransferredFile[]): ModelSpec['files'] {
  return spec.files.map((file) => {
    const { sha256, bytes } = found.find(({ path }) => path === file.path) ?? file
    return { ...file, sha256, bytes }
  })
}

/** A model outside the cache, as one that a package carries: null where it is not there, or not whole. */
async function wholeElsewhere(name: string, settings: PullSettings): Promise<ModelTransfer | null> {
  const located = await locateModel(name, settings).catch(damagedRecord(name))
  if (!located || located.folder === null || located.folder === cacheFolder(name, settings)) return null
  const { folder, spec } = located
  try {
    const files = await verifyModel({ name, spec, folder }, settings)
    return { model: name, folder, licence: spec.licence, files: files.map((file) => ({ ...file, state: 'present' })) }
  } catch (damage) {
    if (knownModel(name)) return null
    throw damage
  }
}

/** What is known of a catalogue's model can be pulled whatever its folders hold. */
function damagedRecord(name: string): (error: unknown) => LocatedModel | null {
  return (error) => {
    if (knownModel(name)) return null
    throw error
  }
}

async function specToPull(name: string, folder: string, settings: PullSettings): Promise<ModelSpec> {
  const known = knownModel(name)
  const spec = known ? withRecord(known, readableRecord(folder)) : (await locateModel(name, settings)).spec
  if (known && spec.files.length === 0) throw modelNotInstalled(known)
  if (spec.runtime === 'remote' || isPullable(spec)) return spec
  throw invalid(folder, `has no source to be pulled from (${spec.source.repository}); add it again from where it came`)
}

function readableRecord(folder: string): ModelSpec | null {
  try {
    return readRecord(folder)
  } catch {
    return null
  }
}
