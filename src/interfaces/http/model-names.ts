import { SemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import type { Context } from '../../vendor/hono.ts'
import { call } from './call.ts'
import type { Env } from './server-parts.ts'

/** The configured model, for clients that have to name one. */
const DEFAULT = 'default'

/** Names that were found; so many at most as there are models. */
const known = new WeakMap<Parts, Set<string>>()

/**
 * The name of a model in another maker's API → what an operation takes: `default` is the configured one. No folder is looked
 * at for a name that is a path.
 * @throws {SemdexError} `MODEL_UNKNOWN`
 */
export async function modelOf(c: Context<Env>, name: string): Promise<{ model?: string }> {
  if (name === DEFAULT) return {}
  const { parts } = c.get('caller')
  const found = known.get(parts) ?? new Set()
  if (found.has(name)) return { model: name }
  if (!isName(name)) throw unknownModel(name)
  if (!(await installedModels(c)).includes(name)) throw unknownModel(name)
  known.set(parts, found.add(name))
  return { model: name }
}

/** The names of the models that are on this machine. */
export async function installedModels(c: Context<Env>): Promise<string[]> {
  const { models } = (await call(c, 'models', {})) as { models: { name: string; installed: boolean }[] }
  return models.filter(({ installed }) => installed).map(({ name }) => name)
}

/** What a model is called to the outside: a path stays on this machine. */
export function publicName(name: string): string {
  return isName(name) ? name : DEFAULT
}

export function unknownModel(name: string): SemdexError {
  return new SemdexError('MODEL_UNKNOWN', {
    message: `The model '${name}' does not exist on this server.`,
    fix: 'GET /v1/models lists those that do; default is the configured one',
    details: { model: name },
  })
}

function isName(name: string): boolean {
  return /^[\w.-]+$/.test(name) && name !== '.' && name !== '..'
}
