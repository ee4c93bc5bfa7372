import * as v from 'valibot'
import { capture as captureRecord } from '../../memory/capture.ts'
import { DEFAULT_CONFIDENCE, DEFAULT_KIND } from '../../memory/record.ts'
import { WaitInput } from '../add.ts'
import { leaveToBackground } from '../backfill/resume.ts'
import { operation } from '../operation.ts'
import { MetadataInput } from '../schemas.ts'
import { capturingParts } from './parts.ts'
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

export const captureMemory = operation({
  name: 'memory.capture',
  summary: 'Remember something: store it as a record of memory, and say which records say nearly the same.',
  access: 'write',
  tool: 'remember',
  input: v.strictObject({
    text: RecordText,
    kind: v.optional(Kind, DEFAULT_KIND),
    confidence: v.optional(Confidence, DEFAULT_CONFIDENCE),
    source: v.optional(v.nullable(Source), null),
    tags: v.optional(Tags, []),
    metadata: v.optional(MetadataInput),
    id: v.optional(v.pipe(RecordId, v.description('Id of the new record; default: one is made'))),
    capturedAt: v.optional(
      v.pipe(
        v.number(),
        v.finite(),
        v.minValue(0),
        v.description('When it was learnt, milliseconds since 1970; default: now'),
      ),
    ),
    supersedes: v.optional(Supersedes, []),
    merge: v.optional(
      v.pipe(
        v.boolean(),
        v.description('Joins it with the record that says nearly the same, if there is one, instead of keeping both'),
      ),
      false,
    ),
    wait: WaitInput,
    collection: MemoryCollection,
  }),
  output: v.object({
    ...RecordOutput,
    merged: v.boolean(),
    duplicates: v.array(v.object({ id: v.string(), similarity: v.number(), exact: v.boolean() })),
    compared: v.pipe(
      v.picklist(['meaning', 'text']),
      v.description('text: only records with the same text were looked for'),
    ),
    ...WrittenOutput,
  }),
  async run(parts, { collection, metadata = {}, ...request }, { signal }) {
    const memory = await capturingParts(parts, collection)
    const { record, degraded, ...outcome } = await captureRecord({ ...request, metadata }, memory, signal)
    if (outcome.pending > 0) await leaveToBackground(parts)
    return { ...showRecord(record), ...outcome, degraded: degraded?.toJSON() ?? null }
  },
})
