import * as v from 'valibot'
import { artifactHistory, getArtifact as getOne, listArtifacts as list } from '../../memory/artifacts/read.ts'
import { makeCursor, readCursor } from '../cursor.ts'
import { operation } from '../operation.ts'
import { DocumentId, limitUpTo } from '../schemas.ts'
import { existingArtifacts } from './parts.ts'
import { ArtifactCollection, ArtifactOutput, Restriction, VersionOutput } from './schemas.ts'

const One = v.strictObject({ id: DocumentId, collection: ArtifactCollection })

export const getArtifact = operation({
  name: 'artifacts.get',
  summary: 'Read one artifact whole.',
  access: 'read',
  input: One,
  output: ArtifactOutput,
  async run(parts, { id, collection }) {
    return getOne(id, await existingArtifacts(parts, collection))
  },
})

export const showArtifactHistory = operation({
  name: 'artifacts.history',
  summary: 'Show every version of an artifact, oldest first.',
  access: 'read',
  input: One,
  output: v.object({ id: v.string(), versions: v.array(VersionOutput) }),
  async run(parts, { id, collection }) {
    return { id, versions: await artifactHistory(id, await existingArtifacts(parts, collection)) }
  },
})

export const listArtifacts = operation({
  name: 'artifacts',
  summary: 'List the artifacts of a collection page by page, oldest first.',
  access: 'read',
  input: v.strictObject({
    collection: ArtifactCollection,
    ...Restriction,
    limit: limitUpTo(1_000, 100, 'The most artifacts of a page'),
    cursor: v.optional(v.pipe(v.string(), v.description('Of the page before: where this one begins'))),
  }),
  output: v.object({
    artifacts: v.array(ArtifactOutput),
    /** For the page after; null where this is the last. */
    cursor: v.nullable(v.string()),
  }),
  async run(parts, { collection, cursor, limit, ...restriction }) {
    const after = cursor === undefined ? 0 : readCursor(cursor, 'artifacts')
    const { artifacts, next } = await list({ ...restriction, limit, after }, await existingArtifacts(parts, collection))
    return { artifacts, cursor: next === null ? null : makeCursor(next) }
  },
})
