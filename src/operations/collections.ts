import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import { modelNotInstalled } from '../core/not-installed.ts'
import type { Parts } from '../core/parts.ts'
import type { Collection, RecordStore } from '../core/ports/record-store.ts'
import { operation } from './operation.ts'
import { CollectionName, Count, ModelName } from './schemas.ts'

const CollectionOutput = v.object({
  name: v.string(),
  model: v.nullable(v.string()),
  dimensions: v.number(),
  roots: v.array(v.string()),
  documents: v.number(),
  chunks: v.number(),
})

export const listCollections = operation({
  name: 'collections',
  summary: 'List the collections with their models and roots.',
  access: 'read',
  input: v.strictObject({}),
  output: v.object({ collections: v.array(CollectionOutput) }),
  async run(parts) {
    const { records } = await parts.storage()
    const counts = new Map((await records.counts()).map((count) => [count.collection, count]))
    const collections = (await records.collections()).map(({ name, model, dimensions, roots }) => {
      const { documents = 0, chunks = 0 } = counts.get(name) ?? {}
      return { name, model, dimensions, roots, documents, chunks }
    })
    return { collections }
  },
})

export const getCollection = operation({
  name: 'collections.get',
  summary: 'Show one collection: its model, roots and counts.',
  access: 'read',
  input: v.strictObject({ name: CollectionName }),
  output: v.object({
    ...CollectionOutput.entries,
    vectors: Count,
    pending: Count,
    failed: Count,
    /** Milliseconds since 1970. */
    createdAt: v.number(),
    lastRunAt: v.nullable(v.number()),
  }),
  async run(parts, { name }) {
    const { records } = await parts.storage()
    const { model, dimensions, roots, createdAt, lastRunAt } = await requireCollection(records, name)
    const counts = (await records.counts()).find(({ collection }) => collection === name)
    const { documents = 0, chunks = 0, vectors = 0, pending = 0, failed = 0 } = counts ?? {}
    return { name, model, dimensions, roots, documents, chunks, vectors, pending, failed, createdAt, lastRunAt }
  },
})

export const createCollection = operation({
  name: 'collections.create',
  summary: 'Make an empty collection with a model.',
  access: 'write',
  input: v.strictObject({
    name: CollectionName,
    model: v.optional(v.pipe(ModelName, v.description('It stays with the collection; default: the configured model'))),
  }),
  output: v.object({ name: v.string(), model: v.nullable(v.string()), dimensions: v.number() }),
  async run(parts, { name, model }) {
    const { records } = await parts.storage()
    const created = await records.createCollection({ name, ...(await newCollectionModel(parts, model)) })
    return { name: created.name, model: created.model, dimensions: created.dimensions }
  },
})

export const dropCollection = operation({
  name: 'collections.drop',
  summary: 'Remove a collection with all its documents from the database. Files stay untouched.',
  access: 'admin',
  input: v.strictObject({ name: CollectionName }),
  output: v.object({ name: v.string(), documents: v.number() }),
  async run(parts, { name }) {
    const { records } = await parts.storage()
    await requireCollection(records, name)
    const documents = await records.countDocuments(name)
    await records.dropCollection(name)
    return { name, documents }
  },
})

/** @throws {SemdexError} `COLLECTION_NOT_FOUND` */
export async function requireCollection(records: RecordStore, name: string): Promise<Collection> {
  const collection = await records.collection(name)
  if (collection) return collection
  const known = (await records.collections()).map((each) => each.name)
  throw new SemdexError('COLLECTION_NOT_FOUND', {
    message: `There is no collection ${name}.`,
    fix: known.length > 0 ? `known collections: ${known.join(', ')}` : 'semdex index <folder> makes one',
    details: { collection: name },
  })
}

/**
 * What a new collection stores of its model; the default model where none is named.
 * @throws {SemdexError} `MODEL_NOT_INSTALLED` where its fingerprint is not known before it is installed; `MODEL_INVALID`
 */
export async function newCollectionModel(parts: Parts, model: string | undefined) {
  const { name, spec, fingerprint } = await parts.models.resolve(model ?? parts.configuration.model)
  if (fingerprint === null) throw modelNotInstalled(spec)
  if (spec.task !== 'embed') throw notForVectors(name)
  return { model: name, fingerprint, dimensions: spec.dimensions }
}

/**
 * The collection by name, made where it is missing.
 * @throws {SemdexError} `COLLECTION_MODEL_MISMATCH` where it exists with another model than the named one.
 */
export async function ensureCollection(
  parts: Parts,
  name: string,
  model: string | undefined,
  roots: string[] = [],
): Promise<Collection> {
  const { records } = await parts.storage()
  const existing = await records.collection(name)
  if (!existing) return createOrGet(parts, records, { name, model, roots })
  await requireModel(parts, existing, model)
  return existing
}

/**
 * The collection with the fingerprint of its model's files as they are now. Where they changed, vectors made from here on
 * cannot be compared with those before, which are not searched any more: their chunks wait as `pending`.
 */
export async function withCurrentModel(collection: Collection, parts: Parts): Promise<Collection> {
  const { fingerprint, spec } = await parts.models.resolve(collection.model)
  if (fingerprint === null || fingerprint === collection.fingerprint) return collection
  const { records } = await parts.storage()
  return records.updateCollection(collection.name, { fingerprint, dimensions: spec.dimensions })
}

function notForVectors(name: string): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `The model ${name} ranks passages; it gives no vectors for a collection.`,
    fix: 'Name a model of the task embed (semdex models lists them)',
    details: { model: name },
  })
}

interface Wanted {
  name: string
  model: string | undefined
  /** Made with the collection, so that another process that looks for its root's collection finds this one. */
  roots: string[]
}

/** Another process may make the same collection at the same moment; whichever came first counts. */
async function createOrGet(parts: Parts, records: RecordStore, { name, model, roots }: Wanted) {
  try {
    return await records.createCollection({ name, roots, ...(await newCollectionModel(parts, model)) })
  } catch (error) {
    const existing =
      error instanceof SemdexError && error.code === 'COLLECTION_EXISTS' ? await records.collection(name) : null
    if (existing) return existing
    throw error
  }
}

/** @throws {SemdexError} `COLLECTION_MODEL_MISMATCH` where the collection cannot take texts embedded with the asked model. */
export async function requireModel(
  parts: Parts,
  { name, model }: Collection,
  asked: string | undefined,
): Promise<void> {
  if (asked === undefined && model !== null) return
  const resolved = await parts.models.resolve(asked ?? null)
  if (resolved.name === model) return
  throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: `The collection ${name} was embedded with ${model ?? 'vectors of its own'}, not with ${resolved.name}.`,
    fix: `leave out --model, choose another --collection, or run \`semdex collections drop ${name}\` and index again`,
    details: { collection: name, model, asked: resolved.name },
  })
}
