import { SemdexError } from '../core/errors.ts'
import type { Access, Asker } from './operation.ts'

const RANK: Record<Access, number> = { read: 0, write: 1, admin: 2 }

/**
 * Whether somebody may run an operation with this input, now or as a job: every way to an operation asks here.
 * @throws {SemdexError} `ACCESS_DENIED`
 */
export function assertMayRun(asker: Asker, operation: { name: string; access: Access }, _input: unknown): void {
  assertAccess(asker.access, operation.access, operation.name)
}

export function allows(has: Access, needs: Access): boolean {
  return RANK[has] >= RANK[needs]
}

/** @throws {SemdexError} `ACCESS_DENIED` */
export function assertAccess(has: Access, needs: Access, what: string): void {
  if (allows(has, needs)) return
  throw new SemdexError('ACCESS_DENIED', {
    message: `${what} needs a key of the scope ${needs}; this one has ${has}.`,
    fix: `Use a key of the scope ${needs} (semdex keys create --scope ${needs})`,
    details: { needs, has },
  })
}
