import * as v from 'valibot'
import { operation } from './operation.ts'
import { Count, StageTimings } from './schemas.ts'

export const metrics = operation({
  name: 'metrics',
  summary: 'Say what the models that are open have done since they were opened.',
  access: 'read',
  agents: false,
  input: v.strictObject({}),
  output: v.object({
    models: v.array(
      v.object({
        model: v.string(),
        fingerprint: v.string(),
        calls: Count,
        texts: Count,
        failed: Count,
        tokens: Count,
        cacheHits: Count,
        cacheMisses: Count,
        /** Hits among all that was looked for, 0 to 1; null where nothing was. */
        hitRate: v.nullable(v.number()),
        waiting: Count,
        workers: Count,
        restarts: Count,
        /** Sums over all calls. */
        timings: StageTimings,
      }),
    ),
  }),
  async run({ models }) {
    return {
      models: models.metrics().map((each) => {
        const lookups = each.cacheHits + each.cacheMisses
        return { ...each, hitRate: lookups > 0 ? each.cacheHits / lookups : null }
      }),
    }
  },
})
