import type { ChunkRecord } from '../../core/documents.ts'
import type { Parts, Storage } from '../../core/parts.ts'
import type { Collection } from '../../core/ports/record-store.ts'
import type { WaitingCount } from '../../core/ports/waiting-store.ts'
import { SIDES, type SideModel, sideModel, sideModels } from '../../core/sides.ts'
import type { DueIndex } from '../../maintenance/backfill/embed-due.ts'
import { workingParts } from '../indexing-parts.ts'

/** An index where something waits, and the model that it waits for. */
export interface WaitingIndex {
  index: DueIndex
  /** Null where the caller brings the vectors: nothing here makes them. */
  model: string | null
  count: WaitingCount
}

/** The indexes where something waits or failed, by collection; of one collection or of all. What is due is due at `at`. */
export async function waitingIndexes(
  parts: Parts,
  { at, collection: only }: { at: number; collection?: string | undefined },
): Promise<WaitingIndex[]> {
  const storage = await parts.storage()
  const counts = await storage.waiting.countWaiting({ at, ...(only !== undefined && { collection: only }) })
  const collections = new Map<string, { collection: Collection; models: Map<string, SideModel> }>()
  const found: WaitingIndex[] = []
  for (const count of counts) {
    const known = collections.get(count.collection) ?? (await modelsOf(storage, count.collection))
    if (!known) continue
    collections.set(count.collection, known)
    const model = known.models.get(count.fingerprint)
    // A migration may have ended since it was counted.
    if (!model) continue
    const index = { ...dueIndex(parts, known.collection, model), use: count.use }
    found.push({ index, model: model.model, count })
  }
  return found
}

/**
 * An index of a collection, with what its chunks are embedded with: `embedDue` fills it. What the model reads of a chunk is
 * what the serving model of the chunk's side would read, since a chunk has one text for all its vectors.
 */
export function dueIndex(parts: Parts, collection: Collection, { model, fingerprint }: SideModel): DueIndex {
  return {
    collection: collection.name,
    fingerprint,
    openEmbedder: () => parts.models.embedder(model),
    openTexts: async () => textsOf(parts, collection),
  }
}

async function textsOf(parts: Parts, collection: Collection): Promise<(chunk: ChunkRecord) => string> {
  const opened = SIDES.map(async (side) => {
    const { chunking } = await workingParts(parts, sideModel(collection, side))
    return [side, await chunking.open()] as const
  })
  const chunkers = new Map(await Promise.all(opened))
  return ({ side, title, place, text }) => {
    const chunker = chunkers.get(side) as NonNullable<ReturnType<typeof chunkers.get>>
    return chunker.embeddingText({ title, heading: place.heading, text })
  }
}

/** The models that the collection has vectors of, by fingerprint: those of its sides, and those of migrations. */
async function modelsOf({ records, migrations }: Storage, name: string) {
  const collection = await records.collection(name)
  if (!collection) return null
  const moving = (await migrations.migrations()).filter((migration) => migration.collection === name)
  const all = [...sideModels(collection).map(({ model }) => model), ...moving.flatMap((each) => [each.old, each.new])]
  return { collection, models: new Map(all.map((model) => [model.fingerprint, model])) }
}
