import * as v from 'valibot'
import { update } from '../../memory/update.ts'
import { WaitInput } from '../add.ts'
import { leaveToBackground } from '../backfill/resume.ts'
import { operation } from '../operation.ts'
import { Count, MetadataInput } from '../schemas.ts'
import { changingParts } from './parts.ts'
import {
  Confidence,
  Kind,
  MemoryCollection,
  RecordId,
  RecordOutput,
  RecordText,
  Source,
  Supersedes,
  showRecord,
  Tags,
  WrittenOutput,
} from './schemas.ts'

export const updateMemory = operation({
  name: 'memory.update',
  summary: 'Change a record of memory; what it was before stays in its history.',
  access: 'write',
  input: v.strictObject({
    id: RecordId,
    text: v.optional(RecordText),
    kind: v.optional(Kind),
    status: v.optional(v.pipe(v.picklist(['active', 'archived']), v.description('Only what is active is recalled'))),
    confidence: v.optional(Confidence),
    source: v.optional(v.nullable(Source)),
    tags: v.optional(v.pipe(Tags, v.description('All of its tags from now on'))),
    metadata: v.optional(MetadataInput),
    supersedes: v.optional(Supersedes),
    ifVersion: v.optional(
      v.pipe(Count, v.description('Refused with REVISION_CONFLICT unless the record has this version')),
    ),
    wait: WaitInput,
    collection: MemoryCollection,
  }),
  output: v.object({ ...RecordOutput, ...WrittenOutput }),
  async run(parts, { id, collection, ifVersion, wait, ...changes }, { signal }) {
    const memory = await changingParts(parts, collection, id)
    const { record, degraded, ...written } = await update(id, changes, memory, { ifVersion, wait, signal })
    if (written.pending > 0) await leaveToBackground(parts)
    return { ...showRecord(record), ...written, degraded: degraded?.toJSON() ?? null }
  },
})
