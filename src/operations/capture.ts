import { SemdexError } from '../core/errors.ts'
import type { Parts, Storage } from '../core/parts.ts'
import type { IndexingParts, SideParts } from '../ingestion/parts.ts'
import { type AskedModels, ensureCollection } from './collection-models.ts'
import { indexingParts } from './indexing-parts.ts'

/** Milliseconds for which a collection is taken as it was: to look it and its models up costs a capture as much as to cut a text. */
const FRESH = 1_000

interface Known {
  at: number
  working: IndexingParts
}

const known = new WeakMap<Storage, Map<string, Known>>()

/**
 * Stores texts of a collection, made where it is missing, without embedding them. What is looked up of it may be a second old:
 * that a model changed meanwhile is seen by whoever embeds, and a collection that is gone is made again.
 * @throws {SemdexError} as `ensureCollection`, and what `store` throws
 */
export async function capture<T>(
  parts: Parts,
  name: string,
  { asked, store }: { asked: AskedModels; store: (working: IndexingParts) => Promise<T> },
): Promise<T> {
  const storage = await parts.storage()
  const collections = known.get(storage) ?? new Map<string, Known>()
  known.set(storage, collections)
  const recent = collections.get(name)
  const isPlain = asked.model === undefined && asked.codeModel === undefined
  if (isPlain && recent && performance.now() - recent.at < FRESH) {
    try {
      return await store(recent.working)
    } catch (thrown) {
      if (!(thrown instanceof SemdexError) || thrown.code !== 'COLLECTION_NOT_FOUND') throw thrown
    }
  }
  const at = performance.now()
  const collection = await ensureCollection(parts, name, asked)
  const working = withoutModels(await indexingParts(parts, collection))
  collections.set(name, { at, working })
  return store(working)
}

/** The same parts where nothing is embedded; each chunker is opened once. */
function withoutModels({ code, ...parts }: IndexingParts): IndexingParts {
  return { ...parts, ...withoutModel(parts), code: code && withoutModel(code) }
}

function withoutModel({ chunking }: SideParts): SideParts {
  let opened: ReturnType<typeof chunking.open> | null = null
  const open = () => {
    opened ??= chunking.open()
    opened.catch(() => {
      opened = null
    })
    return opened
  }
  return { chunking: { fingerprint: chunking.fingerprint, open }, embedding: null }
}
