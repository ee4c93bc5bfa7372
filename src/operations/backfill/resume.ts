import { existsSync } from 'node:fs'
import type { Parts } from '../../core/parts.ts'

/** What was just stored without vectors is embedded in the background: here, where this process may, or by the next. */
export async function leaveToBackground(parts: Parts): Promise<void> {
  const { embeddings, backfill } = parts.configuration
  if (!parts.background || !embeddings || backfill === 'off') return
  const { backgroundOf } = await import('./background.ts')
  backgroundOf(parts, await parts.storage()).wake()
}

/** Embeds what an earlier process has left. A database that is not there yet holds nothing, and is not made. */
export async function resumeBackfill(parts: Parts): Promise<void> {
  if (existsSync(parts.configuration.database)) await leaveToBackground(parts)
}
