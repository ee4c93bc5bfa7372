import type { Parts } from '../core/parts.ts'

const found = new WeakMap<Parts, readonly string[]>()

/** Remembers what SQLite has found wrong with the database of these parts. */
export function rememberDamage(parts: Parts, problems: readonly string[]): void {
  found.set(parts, problems)
}

/** What was found wrong with it the last time that somebody looked; empty: nothing, or nobody has looked yet. */
export function knownDamage(parts: Parts): readonly string[] {
  return found.get(parts) ?? []
}

/** The way out of a damaged database. */
export const DAMAGE_FIX =
  'semdex backup list shows its backups; stop what uses it (semdex serve --stop) and put one back: semdex backup restore <path> --force'
