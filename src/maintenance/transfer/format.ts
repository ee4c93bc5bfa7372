import * as v from 'valibot'
import { type ErrorAnswer, SemdexError } from '../../core/errors.ts'
import type { NewCollection } from '../../core/ports/record-store.ts'
import type { History, StoredDocument } from '../../core/ports/transfer-store.ts'
import { toBlob } from '../../core/vectors.ts'

/** What a line of an export says. The first is the header, the last says how many documents and histories there are. */
export type Line =
  | { type: 'header'; format: typeof FORMAT; version: number; exportedAt: number }
  | { type: 'collection'; collection: NewCollection }
  | { type: 'document'; collection: string; document: StoredDocument }
  | { type: 'history'; collection: string; history: History }
  | { type: 'end'; documents: number; histories: number }

export const FORMAT = 'semdex-export'
export const VERSION = 1

/** One line with its end. JSON escapes lone surrogates and NULs; vectors are base64 of little-endian float32. */
export function writeLine(line: Line): string {
  return `${JSON.stringify(line, (_, value) => (value instanceof Float32Array ? toBase64(value) : value))}\n`
}

/** @throws {SemdexError} `IMPORT_INVALID`, with the field's name in `details.field` */
export function readLine(text: string): Line {
  const parsed = v.safeParse(LineSchema, parse(text))
  if (parsed.success) return parsed.output as Line
  const [issue] = parsed.issues
  const field = v.getDotPath(issue)
  throw invalid(`${field ? `${field}: ` : ''}${issue.message}`, { field })
}

/** @throws {SemdexError} `IMPORT_INVALID` for what is no export, or one of a later version */
export function assertHeader(line: Line): void {
  if (line.type !== 'header') throw invalid('an export begins with its header')
  if (line.version === VERSION) return
  throw new SemdexError('IMPORT_INVALID', {
    message: `The export has version ${line.version}; this Semdex reads version ${VERSION}.`,
    fix: 'update semdex (npm install semdex@latest)',
    details: { version: line.version, known: VERSION },
  })
}

export function invalid(reason: string, details: Record<string, unknown> = {}): SemdexError {
  return new SemdexError('IMPORT_INVALID', {
    message: `This is no line of an export: ${reason}.`,
    fix: 'Export again, or take this line out',
    details,
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid((cause as Error).message)
  }
}

function toBase64(vector: Float32Array): string {
  const { buffer, byteOffset, byteLength } = toBlob(vector)
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

const Whole = v.pipe(v.number(), v.integer(), v.minValue(0))
const Finite = v.pipe(v.number(), v.finite())
/** As it is: a schema of its fields would lose some, `__proto__` for one. */
const Json = v.custom<Record<string, never>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
)
const Vector = v.pipe(
  v.string(),
  v.check(
    (text) =>
      text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && Buffer.byteLength(text, 'base64') % 4 === 0,
    'must be base64 of float32 numbers',
  ),
  v.transform(fromBase64),
)
const Side = v.picklist(['text', 'code'])
const ErrorSchema = v.custom<ErrorAnswer>(
  (value) => typeof (value as ErrorAnswer)?.code === 'string' && typeof (value as ErrorAnswer).message === 'string',
  'must be an error',
)
const Model = {
  model: v.nullable(v.string()),
  fingerprint: v.pipe(v.string(), v.minLength(1)),
  dimensions: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)),
}

const Revision = v.object({
  version: v.pipe(Whole, v.minValue(1)),
  change: v.string(),
  at: Finite,
  note: Json,
  title: v.nullable(v.string()),
  text: v.nullable(v.string()),
  metadata: v.nullable(Json),
})

const Chunk = v.object({
  place: v.object({
    start: Whole,
    end: Whole,
    lines: v.tuple([Whole, Whole]),
    heading: v.array(v.string()),
    symbol: v.nullable(v.string()),
  }),
  embeddingHash: v.string(),
  error: v.nullable(ErrorSchema),
  vectors: v.array(v.object({ fingerprint: v.string(), vector: Vector })),
})

const Document = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.minLength(1)),
    title: v.nullable(v.string()),
    format: v.picklist(['markdown', 'text', 'code']),
    text: v.string(),
    metadata: Json,
    contentHash: v.string(),
    chunkingFingerprint: v.string(),
    side: Side,
    active: v.boolean(),
    version: Whole,
    createdAt: Finite,
    updatedAt: Finite,
    file: v.nullable(
      v.object({ path: v.string(), size: Finite, modifiedAt: Finite, inode: Finite, checkedAt: Finite }),
    ),
    chunks: v.array(Chunk),
    revisions: v.array(Revision),
  }),
  v.check(
    ({ text, chunks }) => chunks.every(({ place: { start, end } }) => start <= end && end <= text.length),
    'a chunk must lie in the text',
  ),
)

const LineSchema = v.variant('type', [
  v.object({ type: v.literal('header'), format: v.literal(FORMAT), version: Whole, exportedAt: Finite }),
  v.object({
    type: v.literal('collection'),
    collection: v.object({
      name: v.pipe(v.string(), v.minLength(1)),
      ...Model,
      code: v.nullable(v.object(Model)),
      layout: v.picklist(['native', 'padded']),
      roots: v.array(v.string()),
    }),
  }),
  v.object({ type: v.literal('document'), collection: v.string(), document: Document }),
  v.object({
    type: v.literal('history'),
    collection: v.string(),
    history: v.object({ id: v.string(), revisions: v.array(Revision) }),
  }),
  v.object({ type: v.literal('end'), documents: Whole, histories: Whole }),
])
