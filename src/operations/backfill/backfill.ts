import * as v from 'valibot'
import { type SemdexError, toSemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import { asUnavailable } from '../../core/unavailable.ts'
import { type DueOptions, type DueReport, embedDue } from '../../maintenance/backfill/embed-due.ts'
import { withCurrentModel } from '../collection-models.ts'
import { requireCollection } from '../collections.ts'
import { assertSwitchedOn } from '../embeddings-get.ts'
import { type OperationContext, operation } from '../operation.ts'
import { CollectionName, Count, ErrorOutput } from '../schemas.ts'
import { type WaitingIndex, waitingIndexes } from './due-indexes.ts'

const Counts = {
  filled: v.pipe(Count, v.description('Chunks that got their vector')),
  embedded: v.pipe(Count, v.description('Texts that the model read for them')),
  reused: v.pipe(Count, v.description('Chunks whose text had its vector already')),
  failed: v.pipe(Count, v.description('Chunks that the model cannot embed: they have its error instead')),
  waiting: v.pipe(Count, v.description('Chunks that still wait')),
}

export const backfill = operation({
  name: 'backfill',
  summary: 'Embed all that is stored and waits for its vectors; what has them is not read.',
  access: 'write',
  job: 'resume',
  agents: false,
  input: v.strictObject({
    collection: v.optional(CollectionName),
    retryFailed: v.optional(
      v.pipe(v.boolean(), v.description('Also what the model could not embed before, as after it was changed')),
      false,
    ),
  }),
  output: v.object({
    ...Counts,
    indexes: v.array(
      v.object({
        collection: v.string(),
        model: v.nullable(v.string()),
        use: v.pipe(
          v.picklist(['serving', 'migration']),
          v.description('Whether it is searched now, or filled or kept by a migration'),
        ),
        ...Counts,
        error: v.nullable(ErrorOutput),
      }),
    ),
  }),
  async run(parts, { collection, retryFailed }, context) {
    assertSwitchedOn(parts)
    if (collection !== undefined) await requireCollection((await parts.storage()).records, collection)
    if (retryFailed) await retryAll(parts, collection)
    const passes = await fillIndexes(parts, { ...context, collection, at: Number.MAX_SAFE_INTEGER })
    const indexes = passes.map(({ index, model, use, report, waiting }) => {
      const { filled, embedded, reused, failed, error } = report
      const counts = { filled, embedded, reused, failed, waiting }
      return { collection: index.collection, model, use, ...counts, error: error?.toJSON() ?? null }
    })
    const total = (field: keyof typeof Counts) => indexes.reduce((sum, index) => sum + index[field], 0)
    const failure = passes.find(({ report }) => report.error)?.report.error
    if (failure && total('filled') === 0) throw asUnavailable('The backfill', failure)
    return {
      filled: total('filled'),
      embedded: total('embedded'),
      reused: total('reused'),
      failed: total('failed'),
      waiting: total('waiting'),
      indexes,
    }
  },
})

export interface Pass extends Pick<WaitingIndex, 'index' | 'model'> {
  use: WaitingIndex['count']['use']
  report: DueReport
  /** Chunks that wait when it is over. */
  waiting: number
  /** Milliseconds. */
  elapsed: number
}

interface PassOptions extends Pick<OperationContext, 'signal' | 'onProgress'> {
  at: number
  collection?: string | undefined
  onFailure?: DueOptions['onFailure']
}

/**
 * Embeds what is due in every index, one after the other. A model that cannot be used costs the others nothing.
 * @throws {SemdexError} `ABORTED`, and what the store throws
 */
export async function fillIndexes(parts: Parts, options: PassOptions): Promise<Pass[]> {
  const { at, collection, signal, onProgress, onFailure } = options
  await refreshModels(parts, collection)
  const storage = await parts.storage()
  const found = await waitingIndexes(parts, { at, collection })
  const due = found.filter(({ model, count }) => model !== null && count.due > 0)
  const total = due.reduce((sum, { count }) => sum + count.due, 0)
  const passes: Pass[] = []
  let before = 0
  for (const { index, model, count } of due) {
    const began = performance.now()
    let done = 0
    const tell = (now: number, of: number) => {
      done = now
      const all = Math.max(total, before + of)
      onProgress?.({ stage: 'embed', done: before + done, total: all, unit: 'chunks' })
    }
    const given = { at, onProgress: tell, ...(signal && { signal }), ...(onFailure && { onFailure }) }
    const report = await embedDue(storage, index, given)
    before += done
    const waiting = await waitingNow(parts, index)
    passes.push({ index, model, use: count.use, report, waiting, elapsed: performance.now() - began })
  }
  return passes
}

/** Chunks of a model whose files changed wait as well. A model that is not known keeps its collection as it is. */
async function refreshModels(parts: Parts, only: string | undefined): Promise<void> {
  const { records } = await parts.storage()
  const collections = await records.collections()
  for (const collection of collections) {
    if (collection.model === null || (only !== undefined && collection.name !== only)) continue
    await withCurrentModel(collection, parts).catch((thrown) => assertModelError(toSemdexError(thrown)))
  }
}

/** What is wrong with a model is said by whoever opens it. */
function assertModelError(error: SemdexError): void {
  if (!error.code.startsWith('MODEL_')) throw error
}

async function retryAll(parts: Parts, collection: string | undefined): Promise<void> {
  const { waiting } = await parts.storage()
  for (const { index } of await waitingIndexes(parts, { at: Date.now(), collection })) {
    await waiting.retryWaiting(index.collection, index.fingerprint)
  }
}

async function waitingNow(parts: Parts, { collection, fingerprint }: WaitingIndex['index']): Promise<number> {
  const { waiting } = await parts.storage()
  const counts = await waiting.countWaiting({ at: Date.now(), collection })
  return counts.find((count) => count.fingerprint === fingerprint)?.waiting ?? 0
}
