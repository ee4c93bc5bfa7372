import type { ReadDocument, Reader } from '../../core/ports/chunker.ts'
import { codeReader } from './code.ts'
import { markdownReader } from './markdown.ts'
import { textReader } from './text.ts'

/** The first that accepts a path reads it; the last accepts all. A new reader needs a file here and its place in this list. */
export const readers: readonly Reader[] = [markdownReader, codeReader, textReader]

/** @throws {SemdexError} `FILE_BINARY` */
export function readBytes(bytes: Uint8Array, path: string): ReadDocument {
  const reader = readers.find((candidate) => candidate.accepts(path)) as Reader
  return reader.read(bytes, path)
}
