import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'semdex'
import { serve } from '../serve.mjs'

await serve(async (_model, { kind }) => {
  // The cache of results is off: every run embeds the same texts.
  const db = await open({ database: join(tmpdir(), 'semdex.db'), resultCache: 0 })
  return {
    async embed(texts) {
      const results = await db.embedBatch(texts)
      return results.map((result) => {
        if (!result.ok) throw result.error
        return result.vector
      })
    },
    embedOne: async (text) => (await db.embed(text, kind && { kind })).vector,
    close: () => db.close(),
  }
})
