import type { Output } from '../output.ts'
import { table } from './table.ts'

interface KeyAnswer {
  id: string
  name: string
  scope: string
  createdAt: number
  expiresAt: number | null
  lastUsedAt: number | null
  state: 'live' | 'expired' | 'revoked'
}

export function renderKeys({ keys }: { keys: KeyAnswer[] }, { styles }: Output): string {
  if (keys.length === 0) return 'There are no keys: a server listens on this machine alone (semdex keys create)\n'
  const head = ['key', 'name', 'scope', 'state', 'made', 'expires', 'last used'].map(styles.dim)
  const rows = keys.map(({ id, name, scope, state, createdAt, expiresAt, lastUsedAt }) => [
    styles.bold(id),
    name,
    scope,
    state === 'live' ? styles.green(state) : styles.red(state),
    moment(createdAt),
    expiresAt === null ? 'never' : moment(expiresAt),
    lastUsedAt === null ? 'never' : moment(lastUsedAt),
  ])
  return `${table([head, ...rows])}\n`
}

export function renderMadeKey({ name, scope, key }: KeyAnswer & { key: string }, { styles }: Output): string {
  return `${styles.bold(key)}\n\nThis is the key ${name} of the scope ${scope}. It is not shown again.\n`
}

export function renderRevoked({ id, name }: KeyAnswer): string {
  return `Revoked the key ${id} (${name}).\n`
}

function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')
}
