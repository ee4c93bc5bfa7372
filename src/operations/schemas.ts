import * as v from 'valibot'
import type { Metadata } from '../core/documents.ts'
import type { Filter } from '../core/filter.ts'

/** Schemas that several operations share. */

/** Where documents go when no collection is named. */
export const DEFAULT_COLLECTION = 'default'

export const CollectionName = v.pipe(
  v.string(),
  v.regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u,
    'A collection name has letters, digits, dots, dashes and underscores, 100 at most',
  ),
)
export const ModelName = v.pipe(v.string(), v.minLength(1, 'A model name is not empty'))
export const DocumentId = v.pipe(v.string(), v.minLength(1, 'An id is not empty'), v.maxLength(4_096))
export const PathName = v.pipe(v.string(), v.minLength(1, 'A path is not empty'))
/** A schema that says by itself what it is as JSON Schema, as a custom type must. */
export function described<S extends v.GenericSchema>(schema: S, jsonSchema: Record<string, unknown>): S {
  return v.pipe(schema, v.metadata(jsonSchema)) as unknown as S
}
export const FilterInput = described(
  v.custom<Filter>((value) => typeof value === 'object' && value !== null, 'A filter is an object'),
  { type: 'object', description: 'Tests of metadata, as docs/api.md says: {"year": {"$gte": 1957}}' },
)
/** Not a record: that leaves out keys such as `constructor` without a word. */
export const MetadataInput = described(
  v.custom<Metadata>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'Metadata is an object',
  ),
  { type: 'object' },
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

export function limitUpTo(maximum: number, initial: number) {
  return v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maximum)), initial)
}
