import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import type { Storage } from '../core/parts.ts'
import type { Collection, CollectionChange, RecordStore } from '../core/ports/record-store.ts'
import { codeModelBeside, newCollectionModels } from './collection-models.ts'
import { CodeSide, describeModels, ModelsOutput, modelsOf } from './collection-sides.ts'
import { operation } from './operation.ts'
import { CollectionName, Count, ModelName, VectorLayoutName } from './schemas.ts'

const CollectionOutput = v.object({
  name: v.string(),
  ...ModelsOutput,
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
    const collections = (await records.collections()).map((collection) => {
      const { name, roots } = collection
      const { documents = 0, chunks = 0 } = counts.get(name) ?? {}
      return { name, ...describeModels(collection), roots, documents, chunks }
    })
    return { collections }
  },
})

export const getCollection = operation({
  name: 'collections.get',
  summary: 'Show one collection: its models, roots and counts.',
  access: 'read',
  input: v.strictObject({ name: CollectionName }),
  output: v.object({
    ...CollectionOutput.entries,
    code: CodeSide,
    vectors: Count,
    pending: Count,
    failed: Count,
    /** Milliseconds since 1970. */
    createdAt: v.number(),
    lastRunAt: v.nullable(v.number()),
  }),
  async run(parts, { name }) {
    const storage = await parts.storage()
    const { records } = storage
    const collection = await requireCollection(records, name)
    const { roots, createdAt, lastRunAt } = collection
    const counts = (await records.counts()).find((count) => count.collection === name)
    const { documents = 0, chunks = 0, vectors = 0, pending = 0, failed = 0 } = counts ?? {}
    const models = await modelsOf(collection, storage)
    return { name, ...models, roots, documents, chunks, vectors, pending, failed, createdAt, lastRunAt }
  },
})

export const createCollection = operation({
  name: 'collections.create',
  summary: 'Make an empty collection with a model, and if asked with another one for code.',
  access: 'write',
  input: v.strictObject({
    name: CollectionName,
    model: v.optional(v.pipe(ModelName, v.description('It stays with the collection; default: the configured model'))),
    codeModel: v.optional(
      v.pipe(
        v.nullable(ModelName),
        v.description('The model that reads code; null: none of its own; default: the configured one'),
      ),
    ),
    layout: v.optional(VectorLayoutName, 'native'),
  }),
  output: v.object({ name: v.string(), ...ModelsOutput }),
  async run(parts, { name, model, codeModel, layout }) {
    const { records } = await parts.storage()
    const models = await newCollectionModels(parts, { model, codeModel })
    return { name, ...describeModels(await records.createCollection({ name, ...models, layout })) }
  },
})

export const updateCollection = operation({
  name: 'collections.update',
  summary: 'Give a collection another model for code, or none of its own, or lay its vectors out in another way.',
  access: 'write',
  input: v.pipe(
    v.strictObject({
      name: CollectionName,
      codeModel: v.optional(
        v.pipe(
          v.nullable(ModelName),
          v.description('The model that reads code from now on, which is then embedded anew; null: none of its own'),
        ),
      ),
      layout: v.optional(VectorLayoutName),
    }),
    v.check(({ codeModel, layout }) => codeModel !== undefined || layout !== undefined, 'Give codeModel or layout'),
  ),
  output: v.object({ name: v.string(), ...ModelsOutput, code: CodeSide }),
  async run(parts, { name, codeModel, layout }) {
    const storage = await parts.storage()
    const collection = await requireCollection(storage.records, name)
    const change: CollectionChange = { ...(layout !== undefined && { layout }) }
    if (codeModel !== undefined) {
      await assertModelsMayChange(storage, collection)
      change.code = codeModel === null ? null : await codeModelBeside(parts, collection, codeModel)
    }
    const updated = await storage.records.updateCollection(name, change)
    return { name, ...(await modelsOf(updated, storage)) }
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

/** @throws {SemdexError} `COLLECTION_MODEL_MISMATCH`, `MIGRATION_EXISTS` */
async function assertModelsMayChange({ migrations }: Storage, { name, model }: Collection): Promise<void> {
  if (model === null) {
    throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
      message: `The collection ${name} has vectors of its own: no model makes them.`,
      details: { collection: name },
    })
  }
  const sides = await Promise.all([migrations.migration(name, 'text'), migrations.migration(name, 'code')])
  if (sides.every((migration) => migration === null)) return
  throw new SemdexError('MIGRATION_EXISTS', {
    message: `The collection ${name} is moving to another model.`,
    fix: 'End the migration first: semdex migrate --rollback, or --remove-old once it has switched',
    details: { collection: name },
  })
}
