import * as v from 'valibot'
import type { Storage } from '../core/parts.ts'
import type { Collection } from '../core/ports/record-store.ts'
import type { WaitingCount } from '../core/ports/waiting-store.ts'
import { Count, VectorLayoutName } from './schemas.ts'

const OwnModel = { model: v.nullable(v.string()), dimensions: v.number() }

/** A collection's models as interfaces show them; what stands beside `code` is the text side's. */
export const ModelsOutput = {
  ...OwnModel,
  code: v.pipe(v.nullable(v.object(OwnModel)), v.description('The model that reads code; null where one reads both')),
  layout: VectorLayoutName,
}

/** The code side with what of it is to be embedded. */
export const CodeSide = v.pipe(
  v.nullable(
    v.object({ ...OwnModel, waiting: v.pipe(Count, v.description('Chunks of code that wait for their vectors')) }),
  ),
  v.description('The model that reads code; null where one reads both'),
)

export function describeModels({ model, dimensions, code, layout }: Collection) {
  return { model, dimensions, code: code && { model: code.model, dimensions: code.dimensions }, layout }
}

/** `describeModels` with the number of chunks that wait on the code side, of the counts of this collection or of all. */
export function withWaiting(collection: Collection, counts: readonly WaitingCount[]) {
  const { code, ...models } = describeModels(collection)
  const ofCode = counts.find(
    (count) => count.collection === collection.name && count.fingerprint === collection.code?.fingerprint,
  )
  return { ...models, code: code && { ...code, waiting: ofCode?.waiting ?? 0 } }
}

/** Asks nothing of a collection with one model. */
export async function modelsOf(collection: Collection, { waiting }: Storage) {
  const { name, code } = collection
  return withWaiting(collection, code ? await waiting.countWaiting({ at: Date.now(), collection: name }) : [])
}
