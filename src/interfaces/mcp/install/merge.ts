import { isDeepStrictEqual } from 'node:util'
import { SemdexError } from '../../../core/errors.ts'
import type { Format } from './clients.ts'
import { type Entry, FORMATS, type Values } from './formats.ts'

export const SERVER_NAME = 'semdex'

/** A configuration of this server alone, as one would type it into an empty file. */
export function alone(format: Format, key: string, entry: Entry): string {
  return mergeInto('', { format, key, entry, file: '' })
}

export interface Change {
  format: Format
  key: string
  entry: Entry
  /** For messages. */
  file: string
}

/**
 * A client's configuration with this server in it. All else stays: other servers, comments, the order, and what the user
 * added to this server's own entry; at most the entry beside it is laid out anew.
 * @throws {SemdexError} `CONFIGURATION_INVALID` for text that is not of its format, or that cannot be changed safely
 */
export function mergeInto(text: string, { format, key, entry, file }: Change): string {
  const { parse, insert } = FORMATS[format]
  const before = attempt(
    () => parse(text),
    (reason) => broken(file, reason),
  )
  if (!isTable(before)) throw broken(file, 'it is no object')
  const servers = before[key] ?? {}
  if (!isTable(servers)) throw broken(file, `${key} is no object`)
  const own = servers[SERVER_NAME]
  const merged = { ...(isTable(own) && own), ...entry }
  if (isDeepStrictEqual(plain(own), plain(merged))) return text
  const wanted = { ...before, [key]: { ...servers, [SERVER_NAME]: merged } }
  const changed = attempt(
    () => insert(text, [key, SERVER_NAME], merged),
    () => unsafe(file),
  )
  const after = attempt(
    () => parse(changed),
    () => unsafe(file),
  )
  if (!isDeepStrictEqual(plain(after), plain(wanted))) throw unsafe(file)
  return changed
}

function attempt<T>(work: () => T, failure: (reason: string) => SemdexError): T {
  try {
    return work()
  } catch (thrown) {
    throw failure(thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown))
  }
}

function isTable(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Without what parsers add to objects, so that values alone are compared. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

function broken(file: string, reason: string): SemdexError {
  return new SemdexError('CONFIGURATION_INVALID', {
    message: `${file} cannot be read: ${reason}. It was left as it is.`,
    fix: 'Repair it, or put what semdex mcp install prints where it belongs',
    details: { file },
  })
}

function unsafe(file: string): SemdexError {
  return new SemdexError('CONFIGURATION_INVALID', {
    message: `${file} is written in a way that cannot be changed without risk. It was left as it is.`,
    fix: 'Put what semdex mcp install prints where it belongs',
    details: { file },
  })
}
