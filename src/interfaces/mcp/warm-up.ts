import type { Parts } from '../../core/parts.ts'

/**
 * Loads the models that search will need, so that the first question does not wait for them. What fails here is said
 * again, and with its reason, where somebody asks for it. Never throws.
 */
export async function warmUp(parts: Parts): Promise<void> {
  try {
    const { records } = await parts.storage()
    const models = (await records.collections()).map(({ model }) => model).filter((model) => model !== null)
    for (const model of new Set(models)) await warmModel(parts, model)
  } catch {}
}

async function warmModel({ models }: Parts, name: string): Promise<void> {
  const embedder = await models.embedder(name)
  await embedder.embed(['warm'], { kind: 'query' })
}
