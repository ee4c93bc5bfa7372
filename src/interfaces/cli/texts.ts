import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { addAbortSignal } from 'node:stream'
import { SemdexError } from '../../core/errors.ts'
import type { Call } from './verb.ts'

/** A text to embed, or why it is none. */
export interface Item {
  text: string | null
  /** From a JSON line. */
  id?: string | number
  error?: string
}

/** The texts in order: arguments, then files, else what stdin holds. @throws {SemdexError} */
export async function* readItems({ positionals, flags, signal }: Call): AsyncGenerator<Item> {
  const files = (flags.file as string[] | undefined) ?? []
  for (const text of positionals) yield { text }
  for (const path of files) yield { text: await readText(path) }
  if (positionals.length + files.length > 0) return
  if (process.stdin.isTTY) {
    throw new SemdexError('INVALID_INPUT', {
      message: 'There is no text to embed.',
      fix: 'semdex embed "a text", semdex embed --file a.txt, or semdex embed < lines.txt',
    })
  }
  yield* readLines(flags.input, signal)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new SemdexError(isMissing ? 'PATH_NOT_FOUND' : 'PATH_UNREADABLE', {
      message: isMissing ? `There is no file ${path}.` : `${path} cannot be read: ${(cause as Error).message}.`,
      cause,
      details: { path },
    })
  }
}

async function* readLines(form: unknown, signal: AbortSignal): AsyncGenerator<Item> {
  let isJson = form === 'jsonl' ? true : form === 'lines' ? false : null
  const lines = createInterface({ input: addAbortSignal(signal, process.stdin), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    isJson ??= jsonItem(line).text !== null
    if (!isJson) yield { text: line }
    else if (line.trim() !== '') yield jsonItem(line)
  }
  if (signal.aborted) throw new SemdexError('ABORTED', { message: 'The operation was aborted.' })
}

function jsonItem(line: string): Item {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    return { text: null, error: `The line is not JSON: ${(cause as Error).message}` }
  }
  if (typeof value === 'string') return { text: value }
  const { text, id } = (value ?? {}) as { text?: unknown; id?: unknown }
  const name = typeof id === 'string' || typeof id === 'number' ? { id } : {}
  if (typeof text === 'string') return { text, ...name }
  return { text: null, ...name, error: 'The line is neither a JSON string nor an object with a text.' }
}
