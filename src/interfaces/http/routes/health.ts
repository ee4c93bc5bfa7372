import { setTimeout as pause } from 'node:timers/promises'
import { SemdexError, toSemdexError } from '../../../core/errors.ts'
import type { Parts } from '../../../core/parts.ts'
import { DAMAGE_FIX, knownDamage } from '../../../maintenance/damage.ts'
import { Hono } from '../../../vendor/hono.ts'
import type { ModelState } from '../model-state.ts'
import type { Env, ServerParts } from '../server-parts.ts'

/**
 * Whether the process lives, and whether it can answer: for whoever watches it, open to all. A model that cannot be used
 * makes the server no less ready, since it then searches by keyword; `embeddings` says so.
 */
export function healthRoutes({ parts, closing }: ServerParts, modelState: () => Promise<ModelState>): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    if (closing.aborted) return c.json({ status: 'closing', embeddings: await modelState() }, 503)
    try {
      await Promise.race([askDatabase(parts), late()])
    } catch (thrown) {
      // Never the message: it may name paths, and nobody was asked for a key.
      const { code } = toSemdexError(thrown)
      const error = code === 'DATABASE_CORRUPT' ? { code, fix: DAMAGE_FIX } : { code }
      return c.json({ status: 'unavailable', error, embeddings: await modelState() }, 503)
    }
    return c.json({ status: 'ready', embeddings: await modelState() })
  })
  return app
}

async function askDatabase(parts: Parts): Promise<void> {
  if (knownDamage(parts).length > 0) throw new SemdexError('DATABASE_CORRUPT', { message: 'The database is damaged.' })
  const { records } = await parts.storage()
  await records.collections()
}

/** Milliseconds within which a database answers that is of use: one that is brought to a new schema is not, yet. */
const PATIENCE = 2_000

async function late(): Promise<never> {
  await pause(PATIENCE, undefined, { ref: false })
  throw new SemdexError('DATABASE_BUSY', { message: `The database did not answer within ${PATIENCE} ms.` })
}
