import { errorOf, noAnswer } from './errors.ts'

export interface TransportOptions {
  url: string
  key?: string | (() => string | Promise<string>)
  headers?: Record<string, string>
  fetch: typeof fetch
  timeout: number
}

export interface CallOptions {
  signal?: AbortSignal
  /** Milliseconds to wait for the whole answer; 0 for as long as it takes. Default: the client's. */
  timeout?: number
}

export interface Request extends CallOptions {
  method?: 'GET' | 'POST'
  /** JSON values, a form, or bytes that are sent as they come. */
  body?: unknown
  headers?: Record<string, string>
}

/** Asks one server. Its answers are read to the end, or streamed. */
export class Transport {
  readonly #options: TransportOptions

  constructor(options: TransportOptions) {
    this.#options = options
  }

  /** The JSON that a path answers. @throws {RequestError} */
  async json<Answer>(path: string, request: Request = {}): Promise<Answer> {
    return this.#within(request, path, async (signal) => {
      const response = await this.#send(path, { ...request, signal })
      return (await response.json()) as Answer
    })
  }

  /** An answer whose body is read by the caller; the time limit is over once it has begun. @throws {RequestError} */
  async open(path: string, request: Request = {}): Promise<Response> {
    return this.#within(request, path, (signal) => this.#send(path, { ...request, signal }))
  }

  async #send(path: string, { method = 'POST', body, headers, signal }: Request): Promise<Response> {
    const { url, fetch, headers: always } = this.#options
    const isRaw = body instanceof FormData || body instanceof ReadableStream || body instanceof Blob
    const key = await this.#key()
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...always,
        ...(body !== undefined && !isRaw && { 'content-type': 'application/json' }),
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body, bytesAsBase64) }),
      ...(body instanceof ReadableStream && { duplex: 'half' }),
      ...(signal && { signal }),
    })
    if (!response.ok) throw await errorOf(response)
    return response
  }

  async #key(): Promise<string | undefined> {
    const { key } = this.#options
    return typeof key === 'function' ? key() : key
  }

  async #within<T>(
    { signal: stopped, timeout = this.#options.timeout }: CallOptions,
    path: string,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const late = new AbortController()
    const timer = timeout > 0 ? setTimeout(() => late.abort(), timeout) : undefined
    try {
      return await work(stopped ? AbortSignal.any([stopped, late.signal]) : late.signal)
    } catch (thrown) {
      throw thrown instanceof Error && thrown.name === 'RequestError' && !late.signal.aborted
        ? thrown
        : noAnswer(thrown, `${this.#options.url}${path}`, { ...(stopped && { stopped }), late: late.signal })
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Bytes, where an operation takes them, are base64 in JSON. */
function bytesAsBase64(_: string, value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value
  let binary = ''
  for (const byte of value) binary += String.fromCharCode(byte)
  return btoa(binary)
}
