import { type ChunkRecord, chunkId } from '../core/documents.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import type { Passage, SearchHit } from '../core/search.ts'
import type { Ranked } from './fuse.ts'
import type { SearchRequest } from './request.ts'
import { makeSnippet } from './snippet.ts'

/** Further passages that a hit lists. */
const MORE_PASSAGES = 3

export interface FoundPassage {
  ranked: Ranked
  chunk: ChunkRecord
}

/** Reads the best candidates from the records and groups them by document, until `limit` documents are there. */
export async function presentHits(
  ranked: readonly Ranked[],
  request: SearchRequest,
  records: RecordStore,
): Promise<SearchHit[]> {
  const documents = new Map<number, FoundPassage[]>()
  const page = request.limit * 2 + MORE_PASSAGES
  for (let start = 0; start < ranked.length && documents.size < request.limit; start += page) {
    for (const found of await hydrate(ranked.slice(start, start + page), records)) {
      const group = documents.get(found.chunk.documentKey)
      if (group) group.push(found)
      else documents.set(found.chunk.documentKey, [found])
    }
  }
  return [...documents.values()].slice(0, request.limit).map((group, i) => toHit(group, i + 1, request))
}

/** The best passages that are still there, whatever their documents. */
export async function presentPassages(
  ranked: readonly Ranked[],
  limit: number,
  records: RecordStore,
): Promise<FoundPassage[]> {
  const passages: FoundPassage[] = []
  for (let start = 0; start < ranked.length && passages.length < limit; start += limit) {
    passages.push(...(await hydrate(ranked.slice(start, start + limit), records)))
  }
  return passages.slice(0, limit)
}

/** A chunk that was removed since it was found is left out. */
async function hydrate(page: readonly Ranked[], records: RecordStore): Promise<FoundPassage[]> {
  const chunks = await records.chunks(page.map(({ key }) => key))
  const byKey = new Map(chunks.map((chunk) => [chunk.key, chunk]))
  return page.flatMap((ranked) => {
    const chunk = byKey.get(ranked.key)
    return chunk ? [{ ranked, chunk }] : []
  })
}

function toHit(group: readonly FoundPassage[], rank: number, request: SearchRequest): SearchHit {
  const [best, ...others] = group as [FoundPassage, ...FoundPassage[]]
  const { chunk, ranked } = best
  return {
    rank,
    ...toPassage(best),
    path: chunk.path,
    title: chunk.title,
    collection: chunk.collection,
    side: chunk.side,
    model: ranked.model?.model ?? null,
    documentId: chunk.documentId,
    metadata: chunk.metadata,
    text: chunk.text,
    snippet: makeSnippet(chunk.text, ranked.scale.terms),
    more: others.slice(0, MORE_PASSAGES).map(toPassage),
    ...(request.explain && { explanation: ranked.rule.explain(ranked) }),
  }
}

function toPassage({ ranked, chunk }: FoundPassage): Passage {
  const { lines, heading, symbol } = chunk.place
  return {
    chunkId: chunkId(chunk.key),
    score: ranked.score,
    similarity: ranked.similarity,
    lines,
    heading,
    symbol,
  }
}
