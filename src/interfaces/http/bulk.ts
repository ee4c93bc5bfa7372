import { type ErrorAnswer, type ErrorCode, SemdexError, throwIfAborted, toSemdexError } from '../../core/errors.ts'
import { parseJson } from '../wire/json-text.ts'
import type { Line, LineReader } from '../wire/line-reader.ts'

/** Documents that are embedded and committed together, and the bytes of their lines: what a call holds in memory. */
const BATCH_DOCUMENTS = 256
const BATCH_BYTES = 1_048_576
/** Bytes of a line. */
export const MOST_LINE_BYTES = 8 * 1_048_576
/** Milliseconds without a further line after which a batch is not waited for to fill. */
const IDLE = 20

/** What the operation `add` answers. */
export interface AddAnswer {
  added: number
  failed: number
  embedded: number
  reused: number
  /** Passages that wait for their vectors. */
  pending: number
  degraded: ErrorAnswer | null
  results: ({ ok: true; id: string; chunks: number } | { ok: false; id: string; error: ErrorAnswer })[]
}

export interface BulkParts {
  /** Checks one document. @throws {SemdexError} `INVALID_INPUT` */
  check: (document: unknown) => void
  add: (documents: readonly unknown[]) => Promise<AddAnswer>
  /** Fires when nothing more is to be added. */
  signal: AbortSignal
  /** Seconds in which a line has to arrive, while one is waited for. */
  patience: number
}

/**
 * Adds the documents of a body, one for each line of JSON, batch by batch: while one is embedded, nothing more is read.
 * Yields a line of JSON for each line of the body that is not blank, in order, once its document is stored; at last one
 * with the totals. A line that is bad costs itself alone.
 */
export async function* addLines(reader: LineReader, parts: BulkParts): AsyncGenerator<string, void> {
  const totals = {
    lines: 0,
    added: 0,
    failed: 0,
    embedded: 0,
    reused: 0,
    pending: 0,
    degraded: null as ErrorAnswer | null,
  }
  const batches = readBatches(reader, parts)
  let stopped: SemdexError | null = null
  try {
    for await (const batch of batches) {
      const answer = await addBatch(batch, parts)
      stopped = answer.stopped
      totals.lines += batch.length
      totals.added += answer.added
      totals.failed += batch.length - answer.added
      totals.embedded += answer.embedded
      totals.reused += answer.reused
      totals.pending += answer.pending
      totals.degraded ??= answer.degraded
      yield answer.lines.map(toLine).join('')
      if (stopped) break
    }
  } catch (thrown) {
    const { reason } = parts.signal
    stopped = reason instanceof SemdexError ? reason : toSemdexError(thrown)
  }
  await reader.stop()
  yield toLine({ done: stopped === null, ...totals, ...(stopped && { error: stopped.toJSON() }) })
}

/** A line of the body: its document, or why it has none. */
type Item = { line: number; document: { id: string } } | { line: number; id: string | null; error: SemdexError }

async function* readBatches(reader: LineReader, { check, signal, patience }: BulkParts): AsyncGenerator<Item[], void> {
  let next: Promise<Line | null> | null = null
  let line: Line | null = null
  do {
    const batch: Item[] = []
    let bytes = 0
    while (batch.length < BATCH_DOCUMENTS && bytes < BATCH_BYTES) {
      throwIfAborted(signal)
      next ??= reader.next()
      const arrived: Line | null | 'idle' =
        batch.length === 0 || reader.isReady ? await orSilent(next, patience) : await orIdle(next)
      if (arrived === 'idle') break
      next = null
      line = arrived
      if (line === null) break
      bytes += 'bytes' in line ? line.bytes.length : 0
      const item = readLine(line, check)
      if (item) batch.push(item)
    }
    if (batch.length > 0) yield batch
  } while (line !== null)
  throwIfAborted(signal)
}

/** @throws {SemdexError} `TIMEOUT` where the client goes silent: it would hold its connection for ever. */
async function orSilent(next: Promise<Line | null>, seconds: number): Promise<Line | null> {
  const first = await within(next, seconds * 1_000)
  if (first !== LATE) return first
  throw new SemdexError('TIMEOUT', {
    message: `No further line arrived within ${seconds} seconds.`,
    fix: 'Send the lines that have no answer again',
    details: { field: 'body', seconds },
  })
}

async function orIdle(next: Promise<Line | null>): Promise<Line | null | 'idle'> {
  const first = await within(next, IDLE)
  return first === LATE ? 'idle' : first
}

const LATE = Symbol('late')

async function within<T>(next: Promise<T>, milliseconds: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), milliseconds)
  })
  // Its failure is met when it is awaited again.
  next.catch(() => undefined)
  try {
    return await Promise.race([next, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Null for a blank line. */
function readLine(line: Line, check: BulkParts['check']): Item | null {
  if ('tooLong' in line) return { line: line.number, id: null, error: lineTooLong(line.number) }
  if (line.bytes.every(isBlank)) return null
  let document: unknown
  try {
    document = parseJson(line.bytes, 'line')
    check(document)
    return { line: line.number, document: document as { id: string } }
  } catch (thrown) {
    const { id } = (document ?? {}) as { id?: unknown }
    return { line: line.number, id: typeof id === 'string' ? id : null, error: toSemdexError(thrown) }
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}

interface BatchAnswer extends Omit<AddAnswer, 'results' | 'failed'> {
  lines: object[]
  /** Why nothing more can be added. */
  stopped: SemdexError | null
}

async function addBatch(batch: readonly Item[], parts: BulkParts): Promise<BatchAnswer> {
  const documents = batch.flatMap((item) => ('document' in item ? [item.document] : []))
  const none = { added: 0, embedded: 0, reused: 0, pending: 0, degraded: null, results: [], stopped: null }
  const answer = documents.length === 0 ? none : await addPatiently(documents, parts)
  const results = answer.results.values()
  const lines = batch.map((item) => {
    if ('error' in item) return { line: item.line, id: item.id, ok: false, error: item.error.toJSON() }
    const { id } = item.document
    const result = results.next().value ?? { ok: false, error: answer.stopped?.toJSON() }
    return Object.assign({ line: item.line, id }, result)
  })
  return { ...answer, lines }
}

/** What another moment may do is tried again, and the client waits meanwhile. */
const BUSY: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['EMBEDDER_BUSY', 'DATABASE_BUSY'])
const TRIES = { most: 6, wait: 250 }

async function addPatiently(documents: readonly { id: string }[], { add, signal }: BulkParts) {
  for (let attempt = 1; ; attempt++) {
    try {
      return { ...(await add(documents)), stopped: null }
    } catch (thrown) {
      const stopped = toSemdexError(thrown)
      if (!BUSY.has(stopped.code) || attempt === TRIES.most || signal.aborted) {
        return { added: 0, embedded: 0, reused: 0, pending: 0, degraded: null, results: [], stopped }
      }
    }
    await new Promise((resolve) => setTimeout(resolve, TRIES.wait * 2 ** (attempt - 1)))
  }
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`
}

function lineTooLong(line: number): SemdexError {
  return new SemdexError('BODY_TOO_LARGE', {
    message: `The line ${line} has more than ${MOST_LINE_BYTES} bytes.`,
    fix: 'Send the document as a file, or in parts',
    details: { field: 'line', limit: MOST_LINE_BYTES },
  })
}
