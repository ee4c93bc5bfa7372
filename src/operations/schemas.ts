import * as v from 'valibot'
import { isWithinDepth } from '../core/depth.ts'
import type { Metadata } from '../core/documents.ts'
import type { Filter } from '../core/filter.ts'
import type { Side, VectorLayout } from '../core/sides.ts'

/** Schemas that several operations share, and the types in them: the types of operations are then found here. */

export type { Filter, Metadata, Side, VectorLayout }

/** Where documents go when no collection is named. */
export const DEFAULT_COLLECTION = 'default'

export const CollectionName = v.pipe(
  v.string(),
  v.regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u,
    'A collection name has letters, digits, dots, dashes and underscores, 100 at most',
  ),
  v.description('Name of a collection'),
)
// biome-ignore lint/suspicious/noControlCharactersInRegex: no system takes a path with NUL in it
const withoutNul = v.regex(/^[^\x00]*$/, 'There is a NUL in it')
export const ModelName = v.pipe(
  v.string(),
  v.minLength(1, 'A model name is not empty'),
  withoutNul,
  v.description('Name of a model; to the owner of the machine also the path of its folder'),
)
/** As the model beside it: of a new collection. */
export const CodeModelName = v.pipe(
  ModelName,
  v.description('Of a new collection: the model that reads code; default: the configured one, else the text model'),
)
export const VectorLayoutName = v.pipe(
  v.picklist(['native', 'padded']),
  v.description('How vectors are indexed: an index for each model, or one as wide as the widest of them'),
)
export const DocumentId = v.pipe(
  v.string(),
  v.minLength(1, 'An id is not empty'),
  v.maxLength(4_096),
  v.description('Id of a document within its collection; of one from a file its path'),
)
/** As this machine's systems write it: from the root, a drive or a share on. */
export const ABSOLUTE = /^(\/|[A-Za-z]:[\\/]|\\\\)/
export const PathName = v.pipe(
  v.string(),
  v.minLength(1, 'A path is not empty'),
  withoutNul,
  v.description('Absolute path on the machine where Semdex runs'),
)
export const SearchMode = v.pipe(
  v.picklist(['hybrid', 'vector', 'lexical']),
  v.description('By meaning and keyword, by meaning alone, or by keyword alone'),
)
/** A schema that says by itself what it is as JSON Schema, as a custom type must. */
export function described<S extends v.GenericSchema>(schema: S, jsonSchema: Record<string, unknown>): S {
  return v.pipe(schema, v.metadata(jsonSchema)) as unknown as S
}
export const FilterInput = described(v.custom<Filter>(isObject, 'A filter is an object'), {
  type: 'object',
  description:
    'Only documents that pass: {"lang": "en", "year": {"$gte": 1957}}. Keys are metadata fields, $path or $id; $and, $or and $not nest; tests are $eq $ne $gt $gte $lt $lte $in $nin $exists $glob $under',
})
/** Whatever walks deeper metadata would overflow the stack, each time that the document is found. */
const METADATA_DEPTH = 64
/** Not a record: that leaves out keys such as `constructor` without a word. */
export const MetadataInput = described(
  v.custom<Metadata>(
    (value) => isObject(value) && isWithinDepth(value, METADATA_DEPTH),
    `Metadata is an object, ${METADATA_DEPTH} levels deep at most`,
  ),
  { type: 'object', description: 'JSON values that filters can test and search shows' },
)
export const Count = v.pipe(v.number(), v.integer(), v.minValue(0))
export const Milliseconds = v.number()
/** What a call of a model took, stage by stage. Jobs run side by side, so the stages may add up to more than `total`. */
export const StageTimings = v.object({
  total: Milliseconds,
  load: Milliseconds,
  queue: Milliseconds,
  tokenize: Milliseconds,
  infer: Milliseconds,
  pool: Milliseconds,
})
export const LineRange = v.strictTuple([v.number(), v.number()])

export const ErrorOutput = v.object({
  code: v.string(),
  message: v.string(),
  fix: v.optional(v.string()),
  details: v.optional(v.record(v.string(), v.unknown())),
})

export function limitUpTo(maximum: number, initial: number, description = 'The most results') {
  const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maximum), v.description(description))
  return v.optional(limit, initial)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
