import type { ErrorAnswer } from '../../core/errors.ts'
import type { Answer, Input, JobSummary, Name } from './answers.ts'
import { readEvents } from './jobs/events.ts'
import { forgetKey, keyFromPerson, storedKey } from './state/key.ts'

/** Every call of the server that the page makes. */
export const api = {
  search: (input: Input<'search'>, signal: AbortSignal) => call('search', { ...input, explain: true }, signal),
  status: (signal?: AbortSignal) => call('status', {}, signal),
  lines: (input: Input<'get'>, signal: AbortSignal) => call('get', input, signal),
  documents: (input: Input<'documents'>, signal: AbortSignal) => call('documents', input, signal),
  /** Stores one file under its name, read as a file of that name is read from a disk. */
  addFile: (collection: string, { name, file }: NamedFile, signal: AbortSignal): Promise<Answer<'add.files'>> => {
    const path = `api/collections/${encodeURIComponent(collection)}/files?${new URLSearchParams({ name })}`
    return json(path, { body: file, headers: { 'content-type': 'application/octet-stream' }, signal })
  },
  jobs: (signal?: AbortSignal) => call('jobs', { limit: 100 }, signal),
  job: (id: string, signal?: AbortSignal) => call('jobs.get', { id }, signal),
  startJob: (operation: string, input: Record<string, unknown>) => call('jobs.start', { operation, input }),
  cancelJob: (id: string) => call('jobs.cancel', { id }),
  /** A job as it is now, and then whenever it changes, until it ends. */
  async *followJob(id: string, signal: AbortSignal): AsyncGenerator<JobSummary> {
    const { body } = await send(`api/jobs/${encodeURIComponent(id)}/events`, { method: 'GET', signal })
    if (body) yield* readEvents(body) as AsyncGenerator<JobSummary>
  },
}

/** A file with the relative path under which it is stored. */
export interface NamedFile {
  name: string
  file: File
}

/** What the server, or the way to it, had against a call. */
export class ApiError extends Error {
  readonly code: string
  readonly fix: string | undefined
  readonly field: string | undefined

  constructor({ code, message, fix, details }: Omit<ErrorAnswer, 'code'> & { code: string }) {
    super(message)
    this.code = code
    this.fix = fix
    this.field = typeof details?.field === 'string' ? details.field : undefined
  }
}

/** @throws {ApiError} */
function call<N extends Name>(name: N, input: Input<N>, signal?: AbortSignal): Promise<Answer<N>> {
  const body = JSON.stringify(input)
  return json(`api/operations/${name}`, { body, headers: { 'content-type': 'application/json' }, signal })
}

interface Request {
  body?: BodyInit
  headers?: Record<string, string>
  method?: string
  signal?: AbortSignal | undefined
}

/** @throws {ApiError} */
async function json<T>(path: string, request: Request): Promise<T> {
  const response = await send(path, request)
  return (await response.json()) as T
}

/** Asks for a key where the server wants one, then sends the same again. Paths are relative to the page's own. */
async function send(path: string, request: Request): Promise<Response> {
  const key = storedKey()
  const response = await reach(path, request, key)
  if (response.ok) return response
  const error = await errorOf(response)
  if (error.code !== 'KEY_INVALID') throw error
  if (key !== null && key === storedKey()) forgetKey()
  const given = await keyFromPerson(key === null ? null : error.message, request.signal)
  if (given === null) throw error
  return send(path, request)
}

async function reach(path: string, { body, headers, method = 'POST', signal }: Request, key: string | null) {
  try {
    return await fetch(path, {
      method,
      headers: { ...headers, ...(key !== null && { authorization: `Bearer ${key}` }) },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
      credentials: 'omit',
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new ApiError({
      code: 'SERVER_UNREACHABLE',
      message: 'The server does not answer.',
      fix: 'Start it again: semdex serve',
    })
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as { error?: ErrorAnswer } | null
  return new ApiError(
    body?.error ?? { code: `HTTP_${response.status}`, message: `The server answered ${response.status}.` },
  )
}
