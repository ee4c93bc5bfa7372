import type { Configuration } from '../../core/configuration.ts'
import { type ErrorCode, toSemdexError } from '../../core/errors.ts'
import { type DestinationStream, type Logger, pino } from '../../vendor/logging.ts'
import type { RequestSummary } from '../http/server-parts.ts'

/**
 * Writes a line of JSON for each request: the pattern of its path, never the path itself, a query, a body or a key. Lines
 * that nobody reads are dropped when they become too many.
 */
export function openRequestLog(
  level: Exclude<Configuration['serverLog'], 'off'>,
  stream: DestinationStream = pino.destination({ fd: 2, sync: false, maxLength: 1_000_000 }),
): (request: RequestSummary) => void {
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: nameLevel } },
    stream,
  )
  return (request) => write(log, request)
}

function write(log: Logger, { id, method, route, status, milliseconds, bytes, key, error }: RequestSummary): void {
  const code = error === null ? null : toSemdexError(error).code
  const line = {
    request: id,
    method,
    route,
    status,
    ms: Math.round(milliseconds * 1_000) / 1_000,
    bytes,
    ...(key !== null && { key }),
    ...(code && { error: code }),
    ...(code && isDefect(code) && { stack: framesOf(error) }),
  }
  if (code && isDefect(code)) log.error(line)
  else if (status >= 400) log.warn(line)
  else log.info(line)
}

function nameLevel(label: string): { level: string } {
  return { level: label }
}

function isDefect(code: ErrorCode): boolean {
  return code === 'INTERNAL'
}

/** Where it was thrown; its message may hold what somebody sent. */
function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, 10)
}
