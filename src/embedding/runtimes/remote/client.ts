import { SemdexError, throwIfAborted } from '../../../core/errors.ts'
import { type RemoteVectors, readAnswer, WrongAnswer } from './answer.ts'
import type { Endpoint } from './endpoint.ts'
import { connectionLost, refusedForGood, serverMessage, timedOut, wrongAnswer } from './failures.ts'
import { type Patience, retryAfter, Transient, withRetries } from './retry.ts'

/** One server, asked by requests that are repeated where that may help. */
export interface EmbeddingsClient {
  /** @throws {TextsRefused} where these texts are refused; {SemdexError} `REMOTE_FAILED`, `MODEL_INVALID`, `ABORTED` */
  embed(texts: readonly string[], request: RequestOptions): Promise<RemoteVectors>
  /** Whether the server has embedded anything yet, or embeds a word when it is asked now: refusals are of texts then. */
  acceptsAny(request: RequestOptions): Promise<boolean>
}

export interface RequestOptions {
  urgent: boolean
  signal?: AbortSignal | undefined
}

/** The server refuses a request for its content: a text that is too long for it, or else a request it does not know. */
export class TextsRefused extends Error {
  readonly ofOneText: () => SemdexError
  readonly ofAllTexts: () => SemdexError

  constructor(endpoint: Endpoint, status: number, reason: string) {
    super(reason)
    const details = { url: endpoint.shown, status }
    const said = reason === '' ? '' : `: ${reason}`
    this.ofOneText = () =>
      new SemdexError('EMBEDDING_FAILED', { message: `The server refuses this text (${status})${said}`, details })
    this.ofAllTexts = () =>
      new SemdexError('REMOTE_FAILED', {
        message: `The server ${endpoint.shown} refuses every text (${status})${said}`,
        fix: 'Correct remote.url and remote.model in the spec of the model',
        details,
      })
  }
}

export function createClient(endpoint: Endpoint, dimensions: number, patience: Patience): EmbeddingsClient {
  let encoding: RemoteVectors['encoding'] = 'base64'
  let hasAnswered = false

  async function ask(texts: readonly string[], asked: typeof encoding, options: RequestOptions) {
    const answer = await withRetries(
      () => send(endpoint, texts, asked, dimensions, options, patience),
      options,
      patience,
    )
    hasAnswered = true
    encoding = asked
    return answer
  }

  async function embed(texts: readonly string[], options: RequestOptions): Promise<RemoteVectors> {
    try {
      return await ask(texts, encoding, options)
    } catch (thrown) {
      // A server that does not know base64 refuses everything.
      if (!(thrown instanceof TextsRefused) || hasAnswered || encoding === 'float') throw thrown
      return ask(texts, 'float', options)
    }
  }

  return {
    embed,
    async acceptsAny(options) {
      if (hasAnswered) return true
      try {
        await embed(['text'], options)
        return true
      } catch (thrown) {
        if (thrown instanceof TextsRefused) return false
        throw thrown
      }
    },
  }
}

const REPEATED = new Set([408, 409, 425, 429])
const ABOUT_THE_TEXTS = new Set([400, 413, 422])

/** One attempt. */
async function send(
  endpoint: Endpoint,
  texts: readonly string[],
  encoding: RemoteVectors['encoding'],
  dimensions: number,
  { urgent, signal }: RequestOptions,
  patience: Patience,
): Promise<RemoteVectors> {
  const clock = startClock(urgent ? patience.urgentRequest : patience.request, signal)
  try {
    const response = await post(
      endpoint,
      { model: endpoint.model, input: texts, encoding_format: encoding },
      clock.signal,
    )
    const { status } = response
    if (response.ok) return readAnswer(await bodyOf(response, mostBytes(texts, dimensions)), texts.length, dimensions)
    const reason = serverMessage(await bodyOf(response, MOST_OF_AN_ERROR), endpoint)
    if (ABOUT_THE_TEXTS.has(status)) throw new TextsRefused(endpoint, status, reason)
    const failure = (attempts: number) => refusedForGood(endpoint, response, reason, attempts)
    if (REPEATED.has(status) || status >= 500) throw new Transient(retryAfter(response.headers), failure)
    throw failure(1)
  } catch (thrown) {
    throwIfAborted(signal)
    if (thrown instanceof WrongAnswer) throw wrongAnswer(endpoint, thrown)
    if (clock.isOver()) {
      const failure = (attempts: number) => timedOut(endpoint, clock.milliseconds, attempts)
      throw urgent ? failure(1) : new Transient(null, failure)
    }
    if (thrown instanceof TypeError) throw connectionLost(endpoint, thrown)
    throw thrown
  } finally {
    clock.stop()
  }
}

/** Redirects are not followed: they would take texts and key where the spec does not send them. */
function post({ url, key }: Endpoint, body: object, signal: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'semdex',
      ...(key !== null && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal,
  })
}

const MOST_OF_AN_ERROR = 65_536

/** Some 32 bytes for each number, and what stands around the vectors. */
function mostBytes(texts: readonly string[], dimensions: number): number {
  return texts.length * (dimensions * 32 + 1_024) + 65_536
}

/** @throws {WrongAnswer} beyond `most` bytes, which are not kept in memory. */
async function bodyOf(response: Response, most: number): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > most && response.ok) throw new WrongAnswer(`answers with more than ${most} bytes`)
    if (bytes > most) break
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** A signal that fires when the caller's does, or when the time is over. */
function startClock(milliseconds: number, signal: AbortSignal | undefined) {
  const controller = new AbortController()
  const onAbort = () => controller.abort()
  let over = false
  const timer = setTimeout(() => {
    over = true
    controller.abort()
  }, milliseconds)
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    milliseconds,
    signal: controller.signal,
    isOver: () => over,
    stop() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}
