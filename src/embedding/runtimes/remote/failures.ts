import { SemdexError } from '../../../core/errors.ts'
import type { WrongAnswer } from './answer.ts'
import type { Endpoint } from './endpoint.ts'
import { Transient } from './retry.ts'

/** A status that is the last word; with the way out where there is one. */
export function refusedForGood(endpoint: Endpoint, response: Response, reason: string, attempts: number): SemdexError {
  const { status, headers } = response
  const said = reason === '' ? '' : `: ${reason}`
  const tries = attempts > 1 ? ` ${attempts} times` : ''
  const moved = status >= 300 && status < 400
  return new SemdexError('REMOTE_FAILED', {
    message: moved
      ? `The server ${endpoint.shown} sends requests elsewhere (${status}), where texts are not sent unasked.`
      : `The server ${endpoint.shown} answered ${status}${tries}${said}`,
    fix: moved ? elsewhere(endpoint, headers.get('location')) : wayOut(endpoint, status),
    details: { url: endpoint.shown, status, attempts },
  })
}

export function timedOut({ shown }: Endpoint, milliseconds: number, attempts: number): SemdexError {
  const tries = attempts > 1 ? `, ${attempts} times` : ''
  return new SemdexError('REMOTE_FAILED', {
    message: `The server ${shown} did not answer within ${milliseconds / 1_000} seconds${tries}.`,
    fix: 'Look at what the server does, and try again',
    details: { url: shown, attempts },
  })
}

/** What fetch throws for a connection that fails: worth another attempt where the network may be at fault. */
export function connectionLost({ shown }: Endpoint, thrown: TypeError): Transient | SemdexError {
  const cause = thrown.cause as NodeJS.ErrnoException | undefined
  const code = cause?.code ?? ''
  const failure = (attempts: number) =>
    new SemdexError('REMOTE_FAILED', {
      message: `The server ${shown} cannot be reached (${cause?.message || code || thrown.message}).`,
      fix: 'Start the server, or correct remote.url in the spec of the model',
      details: { url: shown, reason: code || null, attempts },
      cause: thrown,
    })
  return PASSING.has(code) || code.startsWith('UND_ERR_') || code === '' ? new Transient(null, failure) : failure(1)
}

const PASSING = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

export function wrongAnswer(endpoint: Endpoint, { message, dimensions, body }: WrongAnswer): SemdexError {
  const { shown } = endpoint
  const said = serverMessage(body, endpoint)
  const details = { url: shown, ...(dimensions !== null && { dimensions }) }
  if (dimensions !== null) {
    const fix = `Set dimensions to ${dimensions} in the spec of the model`
    return new SemdexError('MODEL_INVALID', { message: `The server ${shown} ${message}.`, fix, details })
  }
  const fix = 'Correct remote.url in the spec of the model: /embeddings below it must speak as OpenAI’s does'
  const text = `The server ${shown} ${message}${said === '' ? '.' : `: ${said}`}`
  return new SemdexError('REMOTE_FAILED', { message: text, fix, details })
}

/** What the server says of an error, on one line, of a sane length, and without the key, which some servers repeat. */
export function serverMessage(body: string, { key }: Endpoint): string {
  const said = messageIn(body)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  const safe = key === null ? said : said.replaceAll(key, '***')
  return safe.length > LONGEST_MESSAGE ? `${safe.slice(0, LONGEST_MESSAGE)}…` : safe
}

const LONGEST_MESSAGE = 300

/** `{error: {message}}`, `{error}`, `{message}`, `{detail}`, else the text itself where it is no page. */
function messageIn(body: string): string {
  try {
    const { error, message, detail } = JSON.parse(body) as Record<string, unknown>
    const inner = (error as { message?: unknown } | undefined)?.message
    const found = [inner, error, message, detail].find((value) => typeof value === 'string')
    return (found as string | undefined) ?? JSON.stringify(detail ?? error) ?? ''
  } catch {
    return /^\s*</.test(body) ? '' : body
  }
}

function wayOut({ keyVariable, model }: Endpoint, status: number): string {
  if (status === 401 || status === 403) {
    return keyVariable === null
      ? 'Put the key into an environment variable, and the name of that into remote.keyVariable of the spec'
      : `Set ${keyVariable} to a key that the server takes for the model ${model}`
  }
  if (status === 404 || status === 405) return `Correct remote.url and remote.model (${model}) in the spec of the model`
  return status === 429
    ? 'Wait until the server’s limit allows more, and try again'
    : 'Look at the server, and try again'
}

function elsewhere({ url }: Endpoint, location: string | null): string {
  const target = location !== null && URL.canParse(location, url.href) ? new URL(location, url).origin : null
  return target === null
    ? 'Correct remote.url in the spec of the model'
    : `Give remote.url below ${target}, if you trust it`
}
