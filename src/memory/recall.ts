import type { ChunkRecord } from '../core/documents.ts'
import type { ErrorAnswer } from '../core/errors.ts'
import type { FilterNode } from '../core/filter.ts'
import type { Models, Storage } from '../core/parts.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import type { Explanation } from '../core/search.ts'
import type { StageListener } from '../core/stage-time.ts'
import type { Ranked } from '../retrieval/fuse.ts'
import type { Scope } from '../retrieval/request.ts'
import { findRanked } from '../retrieval/search.ts'
import { makeSnippet } from '../retrieval/snippet.ts'
import { Stopwatch } from '../retrieval/stopwatch.ts'
import type { MemoryParts } from './parts.ts'
import { type MemoryRecord, toFields, toRecord } from './record.ts'
import { type ScoringRule, score, type Weights } from './score.ts'
import { type Nearness, nearnessOf } from './semantic.ts'

export interface RecallRequest {
  query: string
  limit: number
  filter?: FilterNode | undefined
}

export interface RecallParts extends Pick<MemoryParts, 'collection' | 'now'> {
  storage: Storage
  models: Models
  weights: Weights
  bonus: Readonly<Record<string, number>>
}

export interface RecallAnswer {
  /** Best first. */
  hits: RecalledRecord[]
  /** Why records were found by keyword alone; null where nothing is missing. */
  degraded: ErrorAnswer | null
}

export interface RecalledRecord {
  record: MemoryRecord
  score: number
  /** True cosine of the query and the record's best passage; null where no model was used. */
  similarity: number | null
  /** The part of the record that answers best, on one line. */
  snippet: string
  explanation: Explanation
}

/**
 * The records that answer a query, by what they mean, how sure they are, how new they are, and of what kind. Candidates are
 * the max(3·limit, 20) nearest in meaning and as many that are best by keyword, all of them active.
 * @throws {SemdexError} `INVALID_INPUT`, what the record store throws, `ABORTED`
 */
export async function recall(
  { query, limit, filter }: RecallRequest,
  parts: RecallParts,
  { signal, onStage }: { signal?: AbortSignal | undefined; onStage?: StageListener | undefined } = {},
): Promise<RecallAnswer> {
  const { storage, collection, models, now } = parts
  const { ranked, degraded } = await findRanked(
    { query, mode: 'hybrid', limit },
    { models, storage: async () => storage, scopes: async () => scopesOf(collection.name, filter, storage.records) },
    { watch: new Stopwatch(onStage), ...(signal && { signal }) },
  )
  const depth = Math.max(3 * limit, 20)
  const candidates = await candidatesOf(ranked, depth, storage.records)
  const rule = { weights: parts.weights, bonus: parts.bonus, now: now() }
  const scored = await Promise.all(candidates.map((candidate) => scoreCandidate(candidate, rule, storage.records)))
  scored.sort((a, b) => b.score - a.score || a.chunk.documentKey - b.chunk.documentKey)
  return { hits: await present(scored, limit, storage.records), degraded }
}

/** As the collection is now: it may have been given another model. */
async function scopesOf(name: string, filter: FilterNode | undefined, records: RecordStore): Promise<Scope[]> {
  const collection = await records.collection(name)
  return collection ? [{ collection, ...(filter && { filter }) }] : []
}

/** The best passage of a record that may answer. */
interface Candidate {
  chunk: ChunkRecord
  ranked: Ranked
  nearness: Nearness
}

interface Scored extends Candidate {
  score: number
  explanation: Explanation
}

/** The records of both lists, each with its best passage. */
async function candidatesOf(ranked: readonly Ranked[], depth: number, records: RecordStore): Promise<Candidate[]> {
  const nearness = nearnessOf(ranked)
  const near = (each: Ranked) => nearness.get(each.key)?.semantic ?? 0
  const byMeaning = ranked
    .filter(({ similarity }) => similarity !== null)
    .sort((a, b) => near(b) - near(a) || a.key - b.key)
  const byKeyword = ranked.filter(({ lexical }) => lexical > 0).sort((a, b) => b.lexical - a.lexical || a.key - b.key)
  const best = new Map<string, Candidate>()
  for (const list of [byMeaning, byKeyword]) {
    for (const { chunk, ranked: found } of await firstRecords(list, depth, records)) {
      const candidate = { chunk, ranked: found, nearness: nearness.get(found.key) as Nearness }
      const other = best.get(chunk.documentId)
      if (!other || other.nearness.semantic < candidate.nearness.semantic) best.set(chunk.documentId, candidate)
    }
  }
  return [...best.values()]
}

/** The passages of a list down to its `depth`th record. One that was removed since it was found is left out. */
async function firstRecords(list: readonly Ranked[], depth: number, records: RecordStore) {
  const passages: { chunk: ChunkRecord; ranked: Ranked }[] = []
  const seen = new Set<string>()
  for (let start = 0; start < list.length && seen.size < depth; start += depth) {
    const page = list.slice(start, start + depth)
    const chunks = new Map((await records.chunks(page.map(({ key }) => key))).map((chunk) => [chunk.key, chunk]))
    for (const ranked of page) {
      const chunk = chunks.get(ranked.key)
      if (!chunk || (seen.size === depth && !seen.has(chunk.documentId))) continue
      seen.add(chunk.documentId)
      passages.push({ chunk, ranked })
    }
  }
  return passages
}

async function scoreCandidate(candidate: Candidate, rule: ScoringRule, records: RecordStore): Promise<Scored> {
  const { chunk, ranked, nearness } = candidate
  const createdAt =
    typeof chunk.metadata.capturedAt === 'number'
      ? 0
      : ((await records.document(chunk.collection, chunk.documentId))?.createdAt ?? 0)
  const { kind, confidence, capturedAt } = toFields(chunk.metadata, createdAt)
  const scored = score({ semantic: nearness.semantic, kind, confidence, capturedAt }, rule)
  const { similarity, lexical, scale } = ranked
  const parts = { ...scored.explanation.parts, semanticBy: nearness.by, similarity, bm25: lexical, bound: scale.bound }
  return { ...candidate, score: scored.score, explanation: { rule: scored.explanation.rule, parts } }
}

/** The best that are still there and active. */
async function present(scored: readonly Scored[], limit: number, records: RecordStore): Promise<RecalledRecord[]> {
  const hits: RecalledRecord[] = []
  for (const { chunk, ranked, score, explanation } of scored) {
    if (hits.length === limit) break
    const document = await records.document(chunk.collection, chunk.documentId)
    if (!document?.active) continue
    const snippet = makeSnippet(chunk.text, ranked.scale.terms)
    hits.push({ record: toRecord(document), score, similarity: ranked.similarity, snippet, explanation })
  }
  return hits
}
