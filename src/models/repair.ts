import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SemdexError } from '../core/errors.ts'
import { cacheFolder, type ModelPlaces } from './locate.ts'
import { pullSpec } from './pull.ts'
import { isPullable } from './record.ts'
import type { HubSettings } from './transfer/index.ts'
import type { ModelInFolder } from './verify.ts'

/**
 * A model that was found damaged, whole again: what lies in the cache is pulled again where that is allowed, and in the
 * place of one that lies elsewhere a copy in the cache is taken.
 * @throws {SemdexError} The damage, where neither can be done.
 */
export async function repair<Model extends ModelInFolder>(
  model: Model,
  damage: SemdexError,
  settings: ModelPlaces & HubSettings,
  onWarning: (message: string) => void,
): Promise<Model> {
  const { name, spec } = model
  if (name.includes('/')) throw damage
  const folder = cacheFolder(name, settings)
  if (model.folder !== folder) {
    if (!spec.files.every(({ path }) => existsSync(join(folder, path)))) throw damage
    onWarning(`${damage.message} The copy in ${folder} is used instead.`)
    return { ...model, folder }
  }
  if (settings.offline || !isPullable(spec)) throw damage
  onWarning(`${damage.message} It is pulled again.`)
  try {
    await pullSpec(spec, name, folder, settings)
  } catch (failure) {
    onWarning((failure as Error).message)
    throw damage
  }
  return model
}
