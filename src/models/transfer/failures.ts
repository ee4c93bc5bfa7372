import { SemdexError } from '../../core/errors.ts'

/** Why one attempt failed, and whether another may do better. */
export class AttemptFailed extends Error {
  /** The server's answer; null where none came. */
  readonly status: number | null
  readonly retry: boolean
  /** Milliseconds that the server asks to wait. */
  readonly retryAfterMs: number | null

  constructor(
    reason: string,
    parts: { status?: number; retry: boolean; retryAfterMs?: number | null; cause?: unknown } = { retry: true },
  ) {
    super(reason, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.name = 'AttemptFailed'
    this.status = parts.status ?? null
    this.retry = parts.retry
    this.retryAfterMs = parts.retryAfterMs ?? null
  }
}

/** What ended an attempt, as its failure. What a connection throws may be better the next time; a certificate may not. */
export function asFailure(thrown: unknown): AttemptFailed {
  if (thrown instanceof AttemptFailed) return thrown
  const { code, message } = thrown as NodeJS.ErrnoException
  const reason = REASONS[code ?? ''] ?? (message || code || 'the connection failed')
  return new AttemptFailed(reason, { retry: !LASTING.test(code ?? ''), cause: thrown })
}

const REASONS: Record<string, string> = {
  ENOTFOUND: 'the name of its host is not known here',
  EAI_AGAIN: 'the name of its host could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'the connection timed out',
  HPE_INVALID_CONSTANT: 'the answer is not HTTP',
}

/** Certificates and encryption: what OpenSSL and Node call them. */
const LASTING = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|^ERR_TLS|^ERR_SSL/

export interface FailedDownload {
  url: URL
  repository: string
  /** A token was sent. */
  hasToken: boolean
  attempts: number
}

/** A file that is given up. The URL is told without its query, which may hold a signature. */
export function downloadFailed(
  failure: AttemptFailed,
  { url, repository, hasToken, attempts }: FailedDownload,
): SemdexError {
  const { message, status, cause } = failure
  const shown = printable(url)
  return new SemdexError('DOWNLOAD_FAILED', {
    message: `${shown} could not be downloaded: ${message} (${attempts === 1 ? '1 attempt' : `${attempts} attempts`}).`,
    fix: wayOut(failure, repository, hasToken),
    details: { url: shown, status, attempts },
    cause,
  })
}

function wayOut({ status, retry }: AttemptFailed, repository: string, hasToken: boolean): string {
  if (status === 401 || status === 403) {
    const token = hasToken ? 'use a token in HF_TOKEN that may read it' : 'set HF_TOKEN to a token that may read it'
    return `Accept the licence of ${repository} on its page if it asks for that, and ${token}`
  }
  if (status === 407) return 'Put the user and password of the proxy into HTTPS_PROXY'
  if (status === 404) return `See whether ${repository} has this revision and file, and whether hub.endpoint is right`
  if (!retry) return 'See whether hub.endpoint (HF_ENDPOINT) and hub.proxy (HTTPS_PROXY) are right'
  return 'Try again: what has arrived is kept, and the next run goes on from there'
}

export function downloadCorrupt(url: URL, path: string, details: Record<string, unknown>): SemdexError {
  return new SemdexError('DOWNLOAD_CORRUPT', {
    message: `What ${printable(url)} answers is not the published file: its ${details.expectedSha256 === undefined ? 'size' : 'sha256'} is another.`,
    fix: 'Try again later, or see whether hub.endpoint (HF_ENDPOINT) or a proxy changes what it hands on',
    details: { url: printable(url), path, ...details },
  })
}

export function cannotWrite(file: string, cause: unknown): SemdexError {
  return new SemdexError('PATH_UNREADABLE', {
    message: `The file ${file} cannot be written.`,
    fix: 'Make its folder writable, or name another in the setting cache (SEMDEX_CACHE)',
    details: { file },
    cause,
  })
}

/** A URL without what may be secret in it. */
export function printable({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}
