import * as v from 'valibot'
import type { Parts } from '../../core/parts.ts'
import { type ExportOptions, type ExportReport, exportLines } from '../../maintenance/transfer/export.ts'
import { exportToFile, openToRead } from '../../maintenance/transfer/files.ts'
import {
  type ImportOptions,
  type ImportReport,
  importDocuments,
  importLines,
  type LineError,
} from '../../maintenance/transfer/import.ts'
import { leaveToBackground } from '../backfill/resume.ts'
import { operation } from '../operation.ts'
import { ABSOLUTE, CollectionName, Count, ErrorOutput } from '../schemas.ts'

const FilePath = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(4_096),
  v.regex(ABSOLUTE, 'It is an absolute path'),
  v.description('Of the file, on the machine of the database'),
)

const EXPORT_CHOICE = { collection: v.optional(v.pipe(CollectionName, v.description('Only this one'))) }

export const exportOperation = operation({
  name: 'export',
  summary: 'Write documents with their vectors and all else that is stored of them to a file, as JSON lines.',
  access: 'admin',
  agents: false,
  job: 'once',
  input: v.strictObject({ path: FilePath, ...EXPORT_CHOICE }),
  output: v.object({ path: v.string(), collections: Count, documents: Count, histories: Count, bytes: Count }),
  async run(parts, { path, collection }, { signal, onProgress }) {
    const report = await exportToFile(await parts.storage(), path, {
      collection,
      signal,
      onProgress: (done, total) => onProgress?.({ stage: 'export', done, total, unit: 'documents' }),
    })
    return { path, ...report }
  },
})

/** The input of an export that goes to its caller instead of a file. */
export const ExportStreamInput = v.strictObject(EXPORT_CHOICE)

/** The lines of an export, made as they are asked for. @throws {SemdexError} as `exportLines` */
export async function streamExport(
  parts: Parts,
  options: ExportOptions,
): Promise<AsyncGenerator<string, ExportReport>> {
  return exportLines(await parts.storage(), options)
}

/** Of the answer: more are counted alone. */
const MOST_ERRORS = 1_000

export const ImportOutput = v.object({
  collections: Count,
  documents: Count,
  histories: Count,
  failed: Count,
  vectorsLeftOut: Count,
  complete: v.boolean(),
  errors: v.array(v.object({ line: Count, error: ErrorOutput })),
})

const IMPORT_CHOICE = {
  ifExists: v.optional(
    v.pipe(v.picklist(['replace', 'fail']), v.description('What becomes of a document whose id is taken')),
    'replace',
  ),
}

export const importOperation = operation({
  name: 'import',
  summary: 'Take in the documents of an export, with their vectors and all else that was stored of them.',
  access: 'admin',
  agents: false,
  job: 'resume',
  input: v.strictObject({ path: FilePath, ...IMPORT_CHOICE }),
  output: ImportOutput,
  async run(parts, { path, ifExists }, { signal, onProgress }) {
    const errors: LineError[] = []
    const report = await importDocuments(await parts.storage(), await openToRead(path), {
      ifExists,
      signal,
      onError: (error) => {
        if (errors.length < MOST_ERRORS) errors.push(error)
      },
      onProgress: (done) => onProgress?.({ stage: 'import', done, total: null, unit: 'documents' }),
    })
    await leaveToBackground(parts)
    return { ...report, errors: errors.map(({ line, error }) => ({ line, error: error.toJSON() })) }
  },
})

/** The input of an import whose lines come from its caller instead of a file. */
export const ImportStreamInput = v.strictObject(IMPORT_CHOICE)

/**
 * Takes in the lines of an export as they come; gives those that could not be taken. What has no vectors is embedded in the
 * background, however it ends.
 * @throws {SemdexError} as `importLines`
 */
export async function streamImport(
  parts: Parts,
  bytes: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<AsyncGenerator<LineError, ImportReport>> {
  return thenEmbed(parts, await importLines(await parts.storage(), bytes, options))
}

async function* thenEmbed(parts: Parts, errors: AsyncGenerator<LineError, ImportReport>) {
  try {
    return yield* errors
  } finally {
    await leaveToBackground(parts)
  }
}
