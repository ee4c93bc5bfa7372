import { RequestError } from './errors.ts'
import { textPieces } from './text-pieces.ts'
import type { CallOptions, Transport } from './transport.ts'
import type { AnswerOf } from './types.ts'

/** What `client.exportLines` gave, in whatever form it was kept. */
export type ExportedLines = ReadableStream<Uint8Array> | Blob | string

/** Of the answer: more are counted alone, as the operation does. */
const MOST_ERRORS = 1_000

/** The lines of an export as they come. One whose last line is not of the type `end` was broken off. @throws {RequestError} */
export async function exportLines(
  transport: Transport,
  collection: string | undefined,
  options: CallOptions,
): Promise<ReadableStream<Uint8Array>> {
  const path = collection === undefined ? '/api/export' : `/api/collections/${encodeURIComponent(collection)}/export`
  const { body } = await transport.open(path, { ...options, method: 'GET' })
  return body ?? new Blob([]).stream()
}

/** @throws {RequestError} also where it was broken off: what was taken in stays */
export async function importLines(
  transport: Transport,
  lines: ExportedLines,
  ifExists: 'replace' | 'fail',
  options: CallOptions,
): Promise<AnswerOf<'import'>> {
  const { body, status, headers } = await transport.open(`/api/import/lines?ifExists=${ifExists}`, {
    // However long it takes to send: the server ends one that is silent.
    timeout: 0,
    ...options,
    body: typeof lines === 'string' ? new Blob([lines]) : lines,
    headers: { 'content-type': 'application/x-ndjson' },
  })
  const answered = { status, requestId: headers.get('x-request-id'), retryAfter: null }
  const errors: AnswerOf<'import'>['errors'] = []
  for await (const answer of readLines(body ?? new Blob([]).stream())) {
    const { line, ok, error, done, ...totals } = answer
    if (ok === false && errors.length < MOST_ERRORS) errors.push({ line, error })
    if (done === true) return { ...totals, errors }
    if (done === false) throw new RequestError(error, answered)
  }
  throw new RequestError(
    { code: 'SERVER_FAILED', message: 'The server’s answer ended before the import did.' },
    answered,
  )
}

// biome-ignore lint/suspicious/noExplicitAny: the server's lines are of several shapes.
async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<any, void> {
  let text = ''
  for await (const piece of textPieces(body)) {
    const whole = (text + piece).split('\n')
    text = whole.pop() ?? ''
    for (const line of whole) yield JSON.parse(line)
  }
}
