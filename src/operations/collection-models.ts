import { SemdexError } from '../core/errors.ts'
import { modelNotInstalled } from '../core/not-installed.ts'
import type { Parts } from '../core/parts.ts'
import type { Collection, RecordStore } from '../core/ports/record-store.ts'
import type { SideModel } from '../core/sides.ts'

/** The models that a caller names. */
export interface AskedModels {
  /** Undefined: the configured one. */
  model?: string | undefined
  /** The model that reads code. Undefined: the configured one; null: none of its own. */
  codeModel?: string | null | undefined
}

/**
 * The collection by name, made where it is missing.
 * @throws {SemdexError} `COLLECTION_MODEL_MISMATCH` where it exists with other models than the named ones; what
 * `newCollectionModels` throws
 */
export async function ensureCollection(
  parts: Parts,
  name: string,
  asked: AskedModels,
  roots: string[] = [],
): Promise<Collection> {
  const { records } = await parts.storage()
  const existing = await records.collection(name)
  if (!existing) return createOrGet(parts, records, { ...asked, name, roots })
  await requireModels(parts, existing, asked)
  return existing
}

/**
 * What a new collection stores of its models; the configured ones where none are named. A code model that is the text
 * side's is none of its own.
 * @throws {SemdexError} as `newCollectionModel`, of either
 */
export async function newCollectionModels(
  parts: Parts,
  { model, codeModel }: AskedModels,
): Promise<SideModel & { code: SideModel | null }> {
  const text = await newCollectionModel(parts, model)
  const named = codeModel === undefined ? parts.configuration.codeModel : codeModel
  return { ...text, code: named === null ? null : await codeModelBeside(parts, text, named) }
}

/**
 * What a collection stores of a model; the configured model where none is named.
 * @throws {SemdexError} `MODEL_UNKNOWN`; `MODEL_NOT_INSTALLED` where its fingerprint is not known before it is installed;
 * `MODEL_INVALID` for a model that gives no vectors
 */
export async function newCollectionModel(
  parts: Parts,
  model: string | undefined,
): Promise<SideModel & { model: string }> {
  const { name, spec, fingerprint } = await parts.models.resolve(model ?? parts.configuration.model)
  if (spec.task !== 'embed') throw notForVectors(name)
  if (fingerprint === null) throw modelNotInstalled(spec)
  return { model: name, fingerprint, dimensions: spec.dimensions }
}

/** What a collection stores of a code model beside that of its text side: null where the two are one. */
export async function codeModelBeside(parts: Parts, text: SideModel, named: string): Promise<SideModel | null> {
  const code = await newCollectionModel(parts, named)
  return code.fingerprint === text.fingerprint ? null : code
}

/**
 * The collection with the fingerprints of its models' files as they are now. Where some changed, vectors made from here on
 * cannot be compared with those before, which are not searched any more: their chunks wait as `pending`.
 */
export async function withCurrentModel(collection: Collection, parts: Parts): Promise<Collection> {
  const change = await changedModels(collection, parts)
  if (!change) return collection
  const { records } = await parts.storage()
  return records.updateCollection(collection.name, change)
}

/** What differs in the models of a collection since their files changed; null where nothing does, or it cannot be told. */
export async function changedModels(
  collection: Collection,
  parts: Parts,
): Promise<Partial<Pick<Collection, 'fingerprint' | 'dimensions' | 'code'>> | null> {
  const text = await changedModel(parts, collection)
  const code = collection.code && (await changedModel(parts, collection.code))
  if (!text && !code) return null
  return { ...(text && { fingerprint: text.fingerprint, dimensions: text.dimensions }), ...(code && { code }) }
}

async function changedModel(parts: Parts, { model, fingerprint }: SideModel): Promise<SideModel | null> {
  const { fingerprint: current, spec } = await parts.models.resolve(model)
  if (current === null || current === fingerprint) return null
  return { model, fingerprint: current, dimensions: spec.dimensions }
}

/** @throws {SemdexError} `COLLECTION_MODEL_MISMATCH` where the collection cannot take texts embedded with the asked models. */
export async function requireModels(
  parts: Parts,
  collection: Collection,
  { model, codeModel }: AskedModels,
): Promise<void> {
  const { name, model: own, code } = collection
  if (model !== undefined || own === null) {
    const { name: asked } = await parts.models.resolve(model ?? null)
    if (asked !== own) throw otherModel(name, own, asked)
  }
  if (codeModel === undefined) return
  if (codeModel === null && code === null) return
  const asked = codeModel === null ? own : (await parts.models.resolve(codeModel)).name
  const reads = code === null ? own : code.model
  if (asked !== reads) throw otherCodeModel(name, reads, asked)
}

interface Wanted extends AskedModels {
  name: string
  /** Made with the collection, so that another process that looks for its root's collection finds this one. */
  roots: string[]
}

/** Another process may make the same collection at the same moment; whichever came first counts. */
async function createOrGet(parts: Parts, records: RecordStore, { name, roots, ...asked }: Wanted) {
  try {
    return await records.createCollection({ name, roots, ...(await newCollectionModels(parts, asked)) })
  } catch (error) {
    const existing =
      error instanceof SemdexError && error.code === 'COLLECTION_EXISTS' ? await records.collection(name) : null
    if (existing) return existing
    throw error
  }
}

function notForVectors(name: string): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `The model ${name} ranks passages; it gives no vectors for a collection.`,
    fix: 'Name a model of the task embed (semdex models lists them)',
    details: { model: name },
  })
}

function otherModel(name: string, model: string | null, asked: string): SemdexError {
  return new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: `The collection ${name} was embedded with ${model ?? 'vectors of its own'}, not with ${asked}.`,
    fix:
      model === null
        ? 'leave out --model, or choose another --collection'
        : `leave out --model, choose another --collection, or run \`semdex migrate --to ${asked} --collection ${name}\``,
    details: { collection: name, model, asked },
  })
}

function otherCodeModel(name: string, model: string | null, asked: string | null): SemdexError {
  const change = asked === null ? '--no-code-model' : `--code-model ${asked}`
  return new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: `Code in the collection ${name} was embedded with ${model ?? 'vectors of its own'}, not with ${asked ?? 'none'}.`,
    fix: `leave out --code-model, choose another --collection, or run \`semdex collections update ${name} ${change}\``,
    details: { collection: name, model, asked, side: 'code' },
  })
}
