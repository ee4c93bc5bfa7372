import type { Metadata } from '../../core/documents.ts'
import type { Filter } from '../../core/filter.ts'
import type { Side } from '../../core/sides.ts'
import type { Progress } from '../../operations/operation.ts'

export interface CallOptions {
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

export interface DocumentToAdd {
  /** The caller's own id, within its collection. Adding an id again replaces the document. */
  id: string
  text: string
  title?: string
  metadata?: Metadata
  /** How the text is cut into passages. Default `text`. */
  format?: 'text' | 'markdown' | 'code'
  /** Of code: `rust`, `typescript`. */
  language?: string
  /** Which of the collection's models reads it. Default: by its declared kind (`metadata.kind`), else by its content. */
  side?: Side
}

export interface AddOptions extends CallOptions {
  /** Default `default`. */
  collection?: string
  /** Of a new collection; an existing one keeps its own. */
  model?: string
  /** Of a new collection: the model that reads code. Default: the configured one, else `model`. */
  codeModel?: string
  /** What becomes of a document whose id is taken; `fail`: its result is `DOCUMENT_EXISTS`. Default `replace`. */
  ifExists?: 'replace' | 'fail'
  /**
   * False: answers as soon as the texts are stored, and found by keyword; their vectors are made in the background, by this
   * process or by the next one. Default true.
   */
  wait?: boolean
}

/** A document without its text, and what became of its passages. */
export interface ListedDocument {
  id: string
  /** Absolute, with forward slashes; null for documents that did not come from a file. */
  path: string | null
  title: string | null
  format: string
  metadata: Metadata
  chunks: number
  /** Passages that wait for their vectors. */
  pending: number
  /** Passages that could not be embedded. */
  failed: number
  /** Milliseconds since 1970. */
  createdAt: number
  updatedAt: number
  /** Where it was asked for. */
  text?: string
}

export interface DocumentPage {
  documents: ListedDocument[]
  /** For the page after; null where this is the last. */
  cursor: string | null
}

export interface ListOptions {
  /** Default `default`. */
  collection?: string
  filter?: Filter
  /** With the whole texts. */
  text?: boolean
}

export interface PageOptions extends ListOptions {
  /** The most documents, 1 to 1,000. Default 100. */
  limit?: number
  /** Of the page before. */
  cursor?: string
}

/** Which documents go: those with these ids, those that pass a filter, or every one. */
export type Deletion = string | readonly string[] | { filter: Filter } | { all: true }

export function deletionInput(which: Deletion): object {
  if (typeof which === 'string') return { ids: [which] }
  return typeof which !== 'object' || Array.isArray(which) ? { ids: which } : which
}

/** Every document, a page at a time. */
export async function* allDocuments(
  page: (options: PageOptions) => Promise<DocumentPage>,
  options: ListOptions,
): AsyncGenerator<ListedDocument, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const answer: DocumentPage = await page({ ...options, ...(cursor !== undefined && { cursor }) })
    yield* answer.documents
    cursor = answer.cursor
  }
}
