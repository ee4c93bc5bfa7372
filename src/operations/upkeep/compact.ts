import * as v from 'valibot'
import { compact as compactDatabase } from '../../maintenance/compact.ts'
import { operation } from '../operation.ts'
import { Count } from '../schemas.ts'

const Sizes = v.object({ bytes: Count, liveBytes: Count })

export const compact = operation({
  name: 'compact',
  summary: 'Give back the space of what was deleted, and remove what belongs to nothing.',
  access: 'admin',
  agents: false,
  job: 'resume',
  input: v.strictObject({}),
  output: v.object({
    before: Sizes,
    after: Sizes,
    removed: v.array(v.object({ what: v.string(), count: Count })),
    indexes: Count,
  }),
  run: (parts, _, { signal, onProgress }) =>
    compactDatabase(parts, {
      signal,
      onProgress: (done, total) => onProgress?.({ stage: 'compact', done, total, unit: 'steps' }),
    }),
})
