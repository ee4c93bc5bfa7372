import type { DocumentFormat } from '../../core/documents.ts'
import type { ChunkDraft, Chunker, ReadDocument } from '../../core/ports/chunker.ts'
import type { TokenCounter } from '../../core/ports/embedder.ts'
import type { Cutter } from './cutter.ts'
import { type ChunkSettings, chunkingFingerprint } from './fingerprint.ts'
import { lineStarts, linesOf, trimSpan } from './lines.ts'
import { countTokens, createMeasure } from './measure.ts'
import type { Packing } from './pack.ts'
import { cutCode } from './split-code.ts'
import { cutMarkdown } from './split-markdown.ts'
import { cutText } from './split-text.ts'

/** Cuts Markdown at headings and blocks, code at definitions, all other text at sentences. */
export function createChunker(counter: TokenCounter, settings: ChunkSettings): Chunker {
  return {
    fingerprint: chunkingFingerprint(settings, counter.id),
    chunk: (document) => chunkDocument(document, counter, settings),
    embeddingText: (chunk) => embeddingText(chunk, counter, settings),
  }
}

function chunkDocument(document: ReadDocument, counter: TokenCounter, settings: ChunkSettings): ChunkDraft[] {
  const measure = createMeasure(document.text, counter)
  const starts = lineStarts(document.text)
  const packingOf = (heading: readonly string[]): Packing => {
    const context = countTokens(counter, contextOf(document.title, heading))
    const limit = Math.max(SMALLEST_LIMIT, settings.maxTokens - Math.min(context, settings.maxTokens >> 1))
    return { limit, overlap: Math.min(settings.overlapTokens, limit >> 1) }
  }
  const drafts: ChunkDraft[] = []
  for (const { start, end, heading, symbol } of CUTTERS[document.format](measure, packingOf, document.language)) {
    const span = trimSpan(document.text, start, end)
    const last = drafts.at(-1)?.place
    // All that is new in it may be white space.
    if (!span || span.end <= (last?.end ?? 0)) continue
    // All that it leaves out of the one before may be white space, too: that one is a part of it.
    if (last && last.start >= span.start) drafts.pop()
    const text = document.text.slice(span.start, span.end)
    const place = { ...span, lines: linesOf(starts, span.start, span.end), heading: [...heading], symbol }
    drafts.push({ place, embeddingText: embeddingText({ title: document.title, heading, text }, counter, settings) })
  }
  return drafts
}

function embeddingText(
  { title, heading, text }: { title: string | null; heading: readonly string[]; text: string },
  counter: TokenCounter,
  { maxTokens }: ChunkSettings,
): string {
  return `${shorten(contextOf(title, heading), counter, maxTokens >> 1)}${text}`
}

const SMALLEST_LIMIT = 8

const CUTTERS: Record<DocumentFormat, Cutter> = { markdown: cutMarkdown, text: cutText, code: cutCode }

/** The lines put above a chunk for the model: the title, and the headings that do not repeat it. */
function contextOf(title: string | null, heading: readonly string[]): string {
  const names = [title ?? '', ...heading].map((name) => name.replace(/\s+/g, ' ').trim())
  const path = names.filter((name, i) => name !== '' && name !== names[i - 1])
  return path.length === 0 ? '' : `${path.join(' > ')}\n`
}

/** The innermost part of a context that is too long. */
function shorten(context: string, counter: TokenCounter, limit: number): string {
  let short = context
  while (countTokens(counter, short) > limit) short = afterPair(short.slice(Math.ceil(short.length / 4)))
  return short
}

function afterPair(text: string): string {
  return (text.charCodeAt(0) & 0xfc00) === 0xdc00 ? text.slice(1) : text
}
