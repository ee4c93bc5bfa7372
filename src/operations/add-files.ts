import * as v from 'valibot'
import type { Metadata } from '../core/documents.ts'
import { type SemdexError, toSemdexError } from '../core/errors.ts'
import type { PutResult } from '../core/ports/record-store.ts'
import { tooLarge } from '../ingestion/paths.ts'
import { type DocumentInput, toMetadata } from '../ingestion/prepare.ts'
import { readBytes } from '../ingestion/readers/registry.ts'
import { AddOutput, showReport, WaitInput } from './add.ts'
import { operation } from './operation.ts'
import { CodeModelName, CollectionName, DEFAULT_COLLECTION, described, ModelName } from './schemas.ts'
import { storeDocuments } from './store-documents.ts'

/** A path that stays below where it is put, whatever system reads it: the document's id. */
const FileName = v.pipe(
  v.string(),
  v.minLength(1, 'A file has a name'),
  v.maxLength(4_096),
  v.check((name) => isRelative(name), 'A file name is a relative path with forward slashes, without . and .. in it'),
  v.description('A relative path with forward slashes, such as notes/bread.md: the id of the document'),
)

const FileContent = v.pipe(
  described(v.custom<string | Uint8Array>(isContent, 'The content is base64'), {
    type: 'string',
    contentEncoding: 'base64',
    description: 'The bytes in base64; a program may also give a Uint8Array',
  }),
  v.transform((content): Uint8Array => (typeof content === 'string' ? Buffer.from(content, 'base64') : content)),
)

export const addFiles = operation({
  name: 'add.files',
  summary: 'Store files that are sent, read as files on disk are, or replace those of the same names.',
  access: 'write',
  agents: false,
  input: v.strictObject({
    files: v.pipe(v.array(v.strictObject({ name: FileName, content: FileContent })), v.maxLength(1_000)),
    collection: v.optional(CollectionName, DEFAULT_COLLECTION),
    model: v.optional(ModelName),
    codeModel: v.optional(CodeModelName),
    ifExists: v.optional(
      v.pipe(v.picklist(['replace', 'fail']), v.description('What becomes of a file whose name is taken')),
      'replace',
    ),
    wait: WaitInput,
  }),
  output: AddOutput,
  async run(parts, { files, ...request }, context) {
    const { maxFileBytes } = parts.configuration
    const read = files.map((file) => tryRead(file, maxFileBytes))
    const documents = read.flatMap((each) => ('document' in each ? [each.document] : []))
    const report = await storeDocuments(parts, documents, request, context)
    const stored = report.results.values()
    const results = read.map(
      (each): PutResult => ('document' in each ? (stored.next().value as PutResult) : { ok: false, error: each.error }),
    )
    const names = files.map((file) => file.name)
    return showReport(request.collection, names, { ...report, results })
  },
})

interface SentFile {
  name: string
  content: Uint8Array
}

function tryRead({ name, content }: SentFile, limit: number): { document: DocumentInput } | { error: SemdexError } {
  try {
    if (content.length > limit) throw tooLarge(name, content.length, limit)
    const { text, title, format, language, metadata } = readBytes(content, name)
    return {
      document: {
        ...{ id: name, fileName: name, text, title, format, language },
        metadata: toMetadata(metadata) as Metadata,
      },
    }
  } catch (thrown) {
    return { error: toSemdexError(thrown) }
  }
}

/** Backslashes and drive letters are separators on some systems, and control characters are no part of a name. */
function isRelative(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\\\u0000-\u001f\u007f]|^[A-Za-z]:/.test(name)) return false
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

/** Decoded and encoded again it is the same: a pattern would need too deep a stack for a long text. */
function isContent(value: unknown): boolean {
  if (typeof value !== 'string') return value instanceof Uint8Array
  return Buffer.from(value, 'base64').toString('base64') === value
}
