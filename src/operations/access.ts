import { SemdexError } from '../core/errors.ts'
import type { Parts } from '../core/parts.ts'
import type { Access, Asker } from './operation.ts'

const RANK: Record<Access, number> = { read: 0, write: 1, admin: 2 }

/**
 * Whether somebody may run an operation with this input, now or as a job: every way to an operation asks here.
 * @throws {SemdexError} `ACCESS_DENIED`; `MODEL_UNKNOWN` for a model that only a path names
 */
export async function assertMayRun(
  { access }: Asker,
  operation: { name: string; access: Access },
  { input, parts }: { input: unknown; parts: Parts },
): Promise<void> {
  assertAccess(access, operation.access, operation.name)
  if (access !== 'admin') await assertModelByName(input, parts)
}

/** The path of a folder is a model's name too, but for those alone who may read the machine's files. */
async function assertModelByName(input: unknown, { models }: Parts): Promise<void> {
  const { model, codeModel } = (input ?? {}) as { model?: unknown; codeModel?: unknown }
  for (const [field, named] of Object.entries({ model, codeModel })) {
    if (typeof named === 'string' && named !== '') await assertName(named, field, models)
  }
}

async function assertName(model: string, field: string, models: Parts['models']): Promise<void> {
  // A folder beside the server has a plain name as well: what it resolves to tells them apart.
  const resolved =
    /^[\w.-]+$/.test(model) && !/^\.+$/.test(model) ? await models.resolve(model).catch(() => null) : null
  if (resolved?.name === model) return
  throw new SemdexError('MODEL_UNKNOWN', {
    message: `There is no model ${model}.`,
    fix: 'GET /api/models lists them; the path of a folder is for keys of the scope admin',
    details: { model, field },
  })
}

export function allows(has: Access, needs: Access): boolean {
  return RANK[has] >= RANK[needs]
}

/** @throws {SemdexError} `ACCESS_DENIED` */
function assertAccess(has: Access, needs: Access, what: string): void {
  if (allows(has, needs)) return
  throw new SemdexError('ACCESS_DENIED', {
    message: `${what} needs a key of the scope ${needs}; this one has ${has}.`,
    fix: `Use a key of the scope ${needs} (semdex keys create --scope ${needs})`,
    details: { needs, has },
  })
}
