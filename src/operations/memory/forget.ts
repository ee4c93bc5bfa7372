import * as v from 'valibot'
import { forget } from '../../memory/forget.ts'
import { operation } from '../operation.ts'
import { recordPlace } from './parts.ts'
import { MemoryCollection, RecordId } from './schemas.ts'

export const forgetMemory = operation({
  name: 'memory.forget',
  summary: 'Remove a record of memory with its vectors and the texts of its history; that it was there stays.',
  access: 'write',
  input: v.strictObject({ id: RecordId, collection: MemoryCollection }),
  output: v.object({ id: v.string(), collection: v.string(), forgotten: v.literal(true) }),
  async run(parts, { id, collection }) {
    await forget(id, await recordPlace(parts, collection, id))
    return { id, collection, forgotten: true as const }
  },
})
