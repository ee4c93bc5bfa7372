import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChunkDraft, ReadDocument } from '../../src/core/ports/chunker.ts'
import type { TokenCounter } from '../../src/core/ports/embedder.ts'
import { approximateCounter } from '../../src/ingestion/chunkers/approximate-counter.ts'
import { createChunker } from '../../src/ingestion/chunkers/chunker.ts'
import { countTokens } from '../../src/ingestion/chunkers/measure.ts'

/** A counter with other habits: three UTF-8 bytes a token. */
const byteCounter: TokenCounter = { id: 'bytes', count: (text) => Math.ceil(Buffer.byteLength(text) / 3) }

const part = fc.oneof(
  fc.constantFrom(
    '# Title\n',
    '## Sub\n',
    'Setext\n===\n',
    '```\ncode # not a heading\n```\n',
    '~~~js\n',
    '- item one\n  more\n',
    '1. first\n\n   second\n',
    '| a | b |\n|---|---|\n| 1 | 2 |\n',
    '> quote\n',
    '<!-- # c\n-->\n',
    '---\n',
    '---\ntitle: x\n---\n',
    '    indented\n',
    '\tfunction f(a) {\n\t\treturn a\n\t}\n',
    'class A:\n    def b(self):\n        """doc\n        string"""\n        return 1\n',
    'fn main() {\n',
    '}\n',
    '@decorated\n',
    '/* open',
    '*/',
    'it\'s "quoted',
    '`',
    '{{{',
    '\r\n',
    '\n\n',
    '   ',
    '\t',
    '\u2028',
    '这是一个句子。这是另一个！',
    'A sentence. Another one? “Yes.” (No.) ',
    '👩‍👩‍👧',
    '\ud800',
    '\udc00',
    '\0',
    '\uFEFF',
    'x'.repeat(700),
    '😀'.repeat(90),
    'word '.repeat(80),
  ),
  fc.lorem({ mode: 'sentences', maxCount: 12 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const text = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''))
const document: fc.Arbitrary<ReadDocument> = fc.record({
  text,
  format: fc.constantFrom('markdown', 'text', 'code'),
  language: fc.constantFrom('typescript', 'python', 'rust', 'json', 'unheard-of', null),
  title: fc.option(fc.oneof(fc.constant('Title'), fc.string({ maxLength: 400 }))),
  metadata: fc.constant({}),
})
const settings = fc.record({ maxTokens: fc.constantFrom(16, 40, 160), overlapTokens: fc.constantFrom(0, 7) })
const counter = fc.constantFrom(approximateCounter, byteCounter)

describe('every chunker', () => {
  test('covers all that is not white space, in order, without cutting a surrogate pair', () => {
    fc.assert(
      fc.property(document, settings, counter, (doc, sizes, counts) => {
        const chunks = createChunker(counts, sizes).chunk(doc)
        expect(uncovered(doc.text, chunks)).toBe('')
        for (const [i, { place }] of chunks.entries()) {
          expect(place.start).toBeLessThan(place.end)
          expect(place.start).toBeGreaterThan(chunks[i - 1]?.place.start ?? -1)
          expect(place.end).toBeGreaterThan(chunks[i - 1]?.place.end ?? 0)
          expect([isInsidePair(doc.text, place.start), isInsidePair(doc.text, place.end)]).toEqual([false, false])
        }
      }),
      { numRuns: 300 },
    )
  })

  test('gives the lines of the source, from 1', () => {
    fc.assert(
      fc.property(document, settings, (doc, sizes) => {
        for (const { place } of createChunker(approximateCounter, sizes).chunk(doc)) {
          const lineOf = (offset: number) => doc.text.slice(0, offset).split('\n').length
          expect(place.lines).toEqual([lineOf(place.start), lineOf(place.end - 1)])
        }
      }),
    )
  })

  test('is deterministic, and keeps to its budget with title and headings', () => {
    fc.assert(
      fc.property(document, settings, counter, (doc, sizes, counts) => {
        const chunker = createChunker(counts, sizes)
        const chunks = chunker.chunk(doc)
        expect(createChunker(counts, sizes).chunk(structuredClone(doc))).toEqual(chunks)
        for (const { embeddingText, place } of chunks) {
          expect(embeddingText.endsWith(doc.text.slice(place.start, place.end))).toBe(true)
          // A pair of units is never cut, and counts of joined pieces may round up once each.
          expect(countTokens(counts, embeddingText)).toBeLessThanOrEqual(sizes.maxTokens * 1.5 + 8)
        }
      }),
    )
  })
})

function uncovered(source: string, chunks: readonly ChunkDraft[]): string {
  const left = [...Array(source.length).keys()].filter(
    (i) => !chunks.some(({ place }) => i >= place.start && i < place.end),
  )
  return left
    .map((i) => source[i])
    .join('')
    .trim()
}

function isInsidePair(source: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(source.slice(at - 1, at + 1))
}
