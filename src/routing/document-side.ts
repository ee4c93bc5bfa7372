import type { DocumentFormat, Metadata } from '../core/documents.ts'
import type { Side } from '../core/sides.ts'
import { sideOfFileType } from './file-types.ts'
import { sideOfKind } from './kinds.ts'

/** What decides a document's side. */
export interface RoutedDocument {
  metadata: Metadata
  /** Absolute, with forward slashes; null where the document is no file. */
  path: string | null
  format: DocumentFormat
  /** Language of a file of code, as the reader names it; null or left out where none is known. */
  language?: string | null
  text: string
}

/**
 * The side a document belongs to: by its declared kind (`metadata.kind`), else by its file type, else by its content
 * (docs/routing.md). Reads the classifier's weights when a content is first judged.
 */
export async function documentSide(document: RoutedDocument): Promise<Side> {
  const declared = sideOfKind(document.metadata) ?? sideOfFileType(document)
  if (declared !== null) return declared
  // To import a module anew costs as much as to judge a short text, though it is there.
  classifier ??= await import('./classify-content.ts')
  return (await classifier.classifyContent(document.text)) >= 0.5 ? 'code' : 'text'
}

let classifier: typeof import('./classify-content.ts') | null = null
