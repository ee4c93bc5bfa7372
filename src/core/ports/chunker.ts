import type { DocumentFormat, Place } from '../documents.ts'

/**
 * Bytes of a file → text with structure.
 *
 * - `text` is what is stored and cited: offsets and lines refer to it. Nothing is removed from it but a byte order mark.
 * - A reader that cannot make sense of the bytes throws; it never answers with half a text.
 * @throws {SemdexError} `FILE_BINARY`
 */
export interface Reader {
  readonly name: string
  /** Whether this reader takes the file, by its name. */
  accepts(path: string): boolean
  read(bytes: Uint8Array, path: string): ReadDocument
}

export interface ReadDocument {
  text: string
  format: DocumentFormat
  /** The language of the code: `rust`, `typescript`; null for prose. */
  language: string | null
  title: string | null
  /** What the document says of itself (front matter). */
  metadata: Record<string, unknown>
  /** Places where bytes that are no text were replaced by U+FFFD; absent or 0 where all of it was text. */
  replacements?: number
}

/**
 * Structured text → chunks.
 *
 * - Deterministic: the same document and settings give the same chunks.
 * - Chunks come in the order of their `start`; together they cover every character that is not white space.
 * - A chunk never begins or ends inside a surrogate pair.
 * - `embeddingText` is what the model reads: the place's context (title, headings) and the chunk's text.
 */
export interface Chunker {
  /** Digest over the chunker's rules, its settings and the tokenizer that it counts with. */
  readonly fingerprint: string
  chunk(document: ReadDocument): ChunkDraft[]
  /** The `embeddingText` of a chunk that was cut before, of a document with this title. */
  embeddingText(chunk: { title: string | null; heading: readonly string[]; text: string }): string
}

export interface ChunkDraft {
  place: Place
  embeddingText: string
}
