import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Configuration } from '../../../core/configuration.ts'
import { SETTINGS } from '../../../core/settings.ts'
import { readVersion } from '../../wire/version.ts'
import type { DaemonPlace } from './place.ts'

/** What a daemon says of itself. */
export interface DaemonState {
  pid: number
  version: string
  database: string
  /** Digest of the settings that decide what it answers. */
  settings: string
  /** Digests of the keys of remote models that it uses, by their variables. */
  secrets: Record<string, string>
  /** Of HTTP, where it listens for that as well. */
  url: string | null
  /** Milliseconds since 1970. */
  startedAt: number
}

/** Null where there is none, or none that can be read. */
export function readState({ state, database }: DaemonPlace): DaemonState | null {
  try {
    const read = JSON.parse(readFileSync(state, 'utf8')) as DaemonState
    return read.database === database ? read : null
  } catch {
    return null
  }
}

/** Whoever reads it sees all of it or nothing. */
export function writeState({ state }: DaemonPlace, content: DaemonState): void {
  const partial = `${state}.${process.pid}`
  writeFileSync(partial, JSON.stringify(content), { mode: 0o600 })
  renameSync(partial, state)
}

/** Only for who holds the lock: a daemon that lives would not be found any more. */
export function removeTraces({ state, socket }: DaemonPlace): void {
  rmSync(state, { force: true })
  if (process.platform !== 'win32') rmSync(socket, { force: true })
}

/** Why a process with this configuration cannot leave its work to the daemon; null where it can. */
export function differenceOf(state: DaemonState, configuration: Configuration): string | null {
  if (state.version !== readVersion()) return `of version ${state.version}`
  if (state.settings !== settingsDigest(configuration)) return 'with other settings'
  return null
}

/** Settings of the server and of the daemon themselves; `log` travels with each request. */
const BESIDE_THE_ANSWER = /^(server|daemon|telemetry)\.|^log$/

const NAMES_MODEL: ReadonlySet<keyof Configuration> = new Set<keyof Configuration>(['model', 'codeModel'])

/** Two processes whose digests are equal answer alike. */
export function settingsDigest(values: Configuration): string {
  const deciding = SETTINGS.filter(({ name }) => !BESIDE_THE_ANSWER.test(name))
  return digest(
    JSON.stringify(
      deciding.map(({ key, name }) => [name, NAMES_MODEL.has(key) ? absoluteModel(values[key]) : values[key]]),
    ),
  )
}

export function digest(text: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(text).digest('hex')
}

/** The path of a model's folder as the same path from everywhere; what is no folder here stays as it is. */
export function absoluteModel<T>(model: T): T | string {
  return typeof model === 'string' && /[/\\]/.test(model) && existsSync(model) ? resolve(model) : model
}
