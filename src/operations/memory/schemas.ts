import * as v from 'valibot'
import { type MemoryRecord, STATUSES } from '../../memory/record.ts'
import { CollectionName, Count, DocumentId, ErrorOutput, FilterInput } from '../schemas.ts'

/** Where memory records go when no collection is named. */
export const MEMORY_COLLECTION = 'memory'

export const MemoryCollection = v.optional(
  v.pipe(CollectionName, v.description('The collection that holds the records')),
  MEMORY_COLLECTION,
)
export const RecordId = v.pipe(DocumentId, v.description('Id of a memory record'))
export const RecordText = v.pipe(
  v.string(),
  v.maxLength(100_000),
  v.description('What is to be remembered, in words that can be understood by themselves'),
)
export const Kind = v.pipe(
  v.string(),
  v.regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u,
    'A kind has letters, digits, dots, dashes and underscores, 100 at most',
  ),
  v.description('What it is: decision, preference, lesson, pattern, fact, note; also a word of your own'),
)
export const Confidence = v.pipe(v.number(), v.minValue(0), v.maxValue(1), v.description('How sure it is, 0 to 1'))
export const Source = v.pipe(
  v.string(),
  v.minLength(1, 'A source is not empty'),
  v.maxLength(1_000),
  v.description('Where it comes from: a person, a file, a conversation'),
)
const Tag = v.pipe(v.string(), v.minLength(1, 'A tag is not empty'), v.maxLength(100))
export const Tags = v.pipe(v.array(Tag), v.maxLength(100))
export const Supersedes = v.pipe(
  v.array(RecordId),
  v.maxLength(100),
  v.description('Ids of records that it takes the place of: they are kept, and recalled no more'),
)
const StatusName = v.picklist(STATUSES)

/** Which records are meant, in `memory.recall` and `memory.list`. */
export const RestrictionInput = {
  kinds: v.optional(v.pipe(v.array(Kind), v.maxLength(100), v.description('Only records of one of these kinds'))),
  tags: v.optional(v.pipe(Tags, v.description('Only records with all of these tags'))),
  source: v.optional(v.pipe(Source, v.description('Only records from here'))),
  minConfidence: v.optional(v.pipe(Confidence, v.description('Only records that are at least this sure'))),
  filter: v.optional(FilterInput),
}

export const RecordOutput = {
  id: v.string(),
  collection: v.string(),
  kind: v.string(),
  status: StatusName,
  confidence: v.number(),
  source: v.nullable(v.string()),
  tags: v.array(v.string()),
  /** Milliseconds since 1970. */
  capturedAt: v.number(),
  updatedAt: v.number(),
  version: Count,
  supersedes: v.array(v.string()),
  supersededBy: v.nullable(v.string()),
  metadata: v.record(v.string(), v.any()),
}

/** What became of a text that was written. */
export const WrittenOutput = {
  embedded: v.pipe(Count, v.description('Texts that the model read')),
  reused: v.pipe(Count, v.description('Passages whose vector was there already')),
  pending: v.pipe(Count, v.description('Passages that wait for their vectors')),
  degraded: v.nullable(ErrorOutput),
}

/** A record without its text. */
export function showRecord({ text: _, ...shown }: MemoryRecord): Omit<MemoryRecord, 'text'> {
  return shown
}
