import { realpath } from 'node:fs/promises'
import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import type { Parts } from '../core/parts.ts'
import type { Collection, RecordStore } from '../core/ports/record-store.ts'
import { portablePath } from '../core/text.ts'
import { type IndexOptions, indexFolder } from '../ingestion/index-folder.ts'
import { pathError } from '../ingestion/paths.ts'
import type { IndexProgress, IndexReport } from '../ingestion/report.ts'
import { embedAfterSwitch } from './backfill/after-switch.ts'
import { type AskedModels, ensureCollection, withCurrentModel } from './collection-models.ts'
import { requireCollection } from './collections.ts'
import { indexingParts } from './indexing-parts.ts'
import { type OperationContext, operation, type Progress } from './operation.ts'
import { innerRoots, placePath } from './roots.ts'
import { CodeModelName, CollectionName, Count, ErrorOutput, Milliseconds, ModelName, PathName } from './schemas.ts'

const Report = v.object({
  root: v.string(),
  collection: v.string(),
  added: Count,
  changed: Count,
  refreshed: Count,
  moved: Count,
  deleted: Count,
  unchanged: Count,
  failed: Count,
  skipped: v.record(v.string(), Count),
  failures: v.array(v.object({ path: v.string(), code: v.string(), message: v.string() })),
  replaced: v.array(v.object({ path: v.string(), places: Count })),
  chunks: Count,
  embedded: Count,
  reused: Count,
  pending: Count,
  degraded: v.nullable(ErrorOutput),
  elapsed: Milliseconds,
})

export const index = operation({
  name: 'index',
  summary: 'Bring the database up to date with the files below some paths.',
  access: 'admin',
  job: 'resume',
  input: v.strictObject({
    paths: v.optional(v.pipe(v.array(PathName), v.description('Absolute; none: every root that is known')), []),
    collection: v.optional(
      v.pipe(CollectionName, v.description('Default: the one that holds the path, else one named after the folder')),
    ),
    model: v.optional(v.pipe(ModelName, v.description('Of a new collection; an existing one keeps its own'))),
    codeModel: v.optional(CodeModelName),
    force: v.optional(v.pipe(v.boolean(), v.description('Cut and embed again what did not change, too')), false),
  }),
  output: v.object({ reports: v.array(Report) }),
  async run(parts, { paths, ...choice }, context) {
    const { records } = await parts.storage()
    const roots =
      paths.length > 0 ? await Promise.all(paths.map(realRoot)) : await knownRoots(records, choice.collection, context)
    const reports: IndexReport[] = []
    for (const root of roots) {
      reports.push(await indexRoot(root, parts, choice, context))
    }
    return { reports }
  },
})

/** The path as the file system spells it. @throws {SemdexError} `PATH_NOT_FOUND`, `PATH_UNREADABLE` */
export async function realRoot(path: string): Promise<string> {
  try {
    return portablePath(await realpath(path))
  } catch (cause) {
    const error = pathError(portablePath(path), cause)
    if (error.code !== 'PATH_NOT_FOUND') throw error
    throw new SemdexError('PATH_NOT_FOUND', {
      message: `There is no file or folder ${path}.`,
      cause,
      details: { path },
    })
  }
}

/** A root that is gone, as on a drive that is not mounted, keeps its documents. */
async function knownRoots(records: RecordStore, collection: string | undefined, { onWarning }: OperationContext) {
  const collections =
    collection === undefined ? await records.collections() : [await requireCollection(records, collection)]
  const found: string[] = []
  for (const root of collections.flatMap(({ roots }) => roots)) {
    const isThere = await realRoot(root).then(
      () => true,
      () => false,
    )
    if (isThere) found.push(root)
    else onWarning?.(`${root} is not there; what was indexed of it is kept.`)
  }
  return found
}

interface Choice extends AskedModels {
  collection?: string | undefined
  force: boolean
}

async function indexRoot(root: string, parts: Parts, choice: Choice, context: OperationContext): Promise<IndexReport> {
  const { records } = await parts.storage()
  const collections = await records.collections()
  const placement = placePath(root, collections, choice.collection)
  const ensured = await ensureCollection(parts, placement.collection, choice, [root])
  const collection = await withCurrentModel(ensured, parts)
  const options = indexOptions(root, collection, collections, { ...choice, parts, context })
  const report = await indexFolder(root, await indexingParts(parts, collection), options)
  await embedAfterSwitch(parts, collection, context.signal)
  return report
}

interface OptionSources {
  force: boolean
  parts: Parts
  context: OperationContext
}

/** What a run and its plan both go by. */
export function indexOptions(
  root: string,
  collection: Collection,
  collections: readonly Collection[],
  { force, parts, context: { signal, onProgress } }: OptionSources,
): IndexOptions {
  return {
    collection: collection.name,
    force,
    exclude: innerRoots(root, collections, collection.name),
    maxFileBytes: parts.configuration.maxFileBytes,
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (progress) => onProgress(toProgress(progress)) }),
  }
}

function toProgress({ chunks, bytes }: IndexProgress): Progress {
  return { stage: 'index', done: bytes.done, total: bytes.total, unit: 'bytes', chunks: chunks.done }
}
