import type { Parts } from '../../core/parts.ts'
import type { Collection } from '../../core/ports/record-store.ts'
import { SIDES, sideModel, sideModels } from '../../core/sides.ts'

/**
 * To be called when something was embedded into a collection: where it was given another model while the old one embedded,
 * what waits for the new one is embedded before the caller is answered, so that searches find it.
 * @throws {SemdexError} `ABORTED`, and what the store throws
 */
export async function embedAfterSwitch(parts: Parts, before: Collection, signal?: AbortSignal): Promise<void> {
  const storage = await parts.storage()
  const now = await storage.records.collection(before.name)
  if (!now || SIDES.every((side) => sideModel(now, side).fingerprint === sideModel(before, side).fingerprint)) return
  const [{ embedDue }, { dueIndex }] = await Promise.all([
    import('../../maintenance/backfill/embed-due.ts'),
    import('./due-indexes.ts'),
  ])
  for (const { model } of sideModels(now)) {
    if (model.model !== null) await embedDue(storage, dueIndex(parts, now, model), { ...(signal && { signal }) })
  }
}
