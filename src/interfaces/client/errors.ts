import { type ErrorAnswer, SemdexError } from '../../core/errors.ts'

/** What the server refused, or why there was no answer; the codes are those of the whole of Semdex. */
export class RequestError extends SemdexError {
  /** Of HTTP; null where there was no answer. */
  readonly status: number | null
  /** Names the request in the server's log; null where there is none. */
  readonly requestId: string | null
  /** Seconds after which to try again; null where the server did not say. */
  readonly retryAfter: number | null

  constructor({ code, ...parts }: ErrorAnswer & { cause?: unknown }, { status, requestId, retryAfter }: Answered) {
    super(code, parts)
    this.name = 'RequestError'
    this.status = status
    this.requestId = requestId
    this.retryAfter = retryAfter
  }
}

interface Answered {
  status: number | null
  requestId: string | null
  retryAfter: number | null
}

/** The error that an answer says, whoever wrote it: a proxy's page is no JSON. */
export async function errorOf(response: Response): Promise<RequestError> {
  const { status, headers } = response
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const retryAfter = Number.isFinite(seconds) ? seconds : null
  const said = await errorIn(response)
  const error = said ?? {
    code: 'SERVER_FAILED' as const,
    message: `The server answered with the status ${status}, and not as Semdex does.`,
    details: { status },
  }
  return new RequestError(error, { status, requestId: said?.requestId ?? headers.get('x-request-id'), retryAfter })
}

async function errorIn(response: Response): Promise<(ErrorAnswer & { requestId?: string }) | null> {
  try {
    const { error } = (await response.json()) as { error?: ErrorAnswer & { requestId?: string } }
    return typeof error?.code === 'string' && typeof error.message === 'string' ? error : null
  } catch {
    return null
  }
}

/** Why there was no answer. `stopped` is the caller's own signal, `late` that of the time limit. */
export function noAnswer(cause: unknown, url: string, signals: { stopped?: AbortSignal; late?: AbortSignal }) {
  const none = { status: null, requestId: null, retryAfter: null }
  const [code, message] = signals.stopped?.aborted
    ? (['ABORTED', 'The request was aborted.'] as const)
    : signals.late?.aborted
      ? (['TIMEOUT', `There was no answer from ${url} in time.`] as const)
      : (['SERVER_FAILED', `There is no answer from ${url}.`] as const)
  return new RequestError({ code, message, cause }, none)
}
