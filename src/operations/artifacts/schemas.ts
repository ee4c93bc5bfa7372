import * as v from 'valibot'
import { SIDES } from '../../core/sides.ts'
import { CollectionName, Count, DocumentId, FilterInput, MetadataInput } from '../schemas.ts'

/** Where artifacts go when no collection is named. */
const ARTIFACTS = 'artifacts'

export const ArtifactCollection = v.optional(
  v.pipe(CollectionName, v.description('Where the artifacts are')),
  ARTIFACTS,
)

const KindName = v.pipe(
  v.string(),
  v.minLength(1, 'A kind is not empty'),
  v.maxLength(100),
  v.description('document, template, pattern, code_template, code_pattern, or a kind that is configured'),
)

const Tag = v.pipe(v.string(), v.minLength(1, 'A tag is not empty'), v.maxLength(200))

const Fields = {
  kind: KindName,
  title: v.optional(v.pipe(v.string(), v.maxLength(10_000)), ''),
  description: v.optional(v.pipe(v.string(), v.maxLength(100_000)), ''),
  tags: v.optional(v.pipe(v.array(Tag), v.maxLength(1_000)), []),
  body: v.optional(v.pipe(v.string(), v.description('The template, pattern or document itself')), ''),
  payload: v.optional(v.pipe(MetadataInput, v.description('Whatever belongs to it and is not searched')), {}),
  metadata: v.optional(MetadataInput, {}),
}

export const ArtifactInput = v.strictObject({
  id: DocumentId,
  ...Fields,
  ifVersion: v.optional(
    v.pipe(Count, v.description('The version that the stored artifact must have; 0: there must be none')),
  ),
})

const FieldsOutput = {
  kind: v.string(),
  title: v.string(),
  description: v.string(),
  tags: v.array(v.string()),
  body: v.string(),
  payload: v.record(v.string(), v.any()),
  metadata: v.record(v.string(), v.any()),
}

export const ArtifactOutput = v.object({
  id: v.string(),
  collection: v.string(),
  ...FieldsOutput,
  side: v.pipe(v.picklist(SIDES), v.description("Which of the collection's models reads it")),
  version: Count,
  createdAt: v.number(),
  updatedAt: v.number(),
})

export const VersionOutput = v.object({
  version: Count,
  change: v.string(),
  at: v.number(),
  note: v.record(v.string(), v.any()),
  artifact: v.nullable(v.object(FieldsOutput)),
})

export const Restriction = {
  kinds: v.optional(v.pipe(v.array(KindName), v.minLength(1), v.maxLength(100), v.description('One of these'))),
  tags: v.optional(v.pipe(v.array(Tag), v.maxLength(100), v.description('All of these'))),
  filter: v.optional(FilterInput),
}
