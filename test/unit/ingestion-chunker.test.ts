import { describe, expect, test } from 'vitest'
import type { DocumentFormat } from '../../src/core/documents.ts'
import type { ChunkDraft } from '../../src/core/ports/chunker.ts'
import { approximateCounter } from '../../src/ingestion/chunkers/approximate-counter.ts'
import { createChunker } from '../../src/ingestion/chunkers/chunker.ts'
import { chunkingFingerprint } from '../../src/ingestion/chunkers/fingerprint.ts'

const SENTENCES = 'The first one is here. A second follows it. Then comes a third. And a fourth ends it. '

describe('plain text', () => {
  test('is cut between sentences, and a chunk begins with the last ones of the chunk before', () => {
    const chunks = cut(SENTENCES.repeat(4), 'text', { maxTokens: 30, overlapTokens: 8 })
    expect(chunks.length).toBeGreaterThan(3)
    for (const { text } of chunks) expect(text).toMatch(/^[A-Z].*\.$/s)
    for (const [i, chunk] of chunks.entries()) {
      if (i > 0) expect(chunk.place.start).toBeLessThan(chunks[i - 1]?.place.end ?? 0)
    }
  })

  test('a chunk of which only white space is left out by the next is a part of that one', () => {
    const counter = { id: 'bytes', count: (text: string) => Math.ceil(Buffer.byteLength(text) / 3) }
    const text = 'class A:\n    def b(self):\n        """doc\n        string"""\n        return 1\n'
    const document = { text, format: 'text' as const, language: null, title: null, metadata: {} }
    const chunks = createChunker(counter, { maxTokens: 8, overlapTokens: 4 }).chunk(document)
    const starts = chunks.map(({ place }) => place.start)
    expect(starts).toEqual([...new Set(starts)])
    expect(chunks.map(({ place }) => text.slice(place.start, place.end))).toContain('"""doc')
  })

  test('in Chinese is cut behind ideographic stops', () => {
    const chunks = cut('这是第一句话。这是第二句话！这是第三句话？'.repeat(6), 'text', {
      maxTokens: 24,
      overlapTokens: 0,
    })
    for (const { text } of chunks) expect(text).toMatch(/[。！？]$/)
  })

  test('is read by the model below its title', () => {
    expect(draft('Body.', 'text', { title: 'Name' })[0]?.embeddingText).toBe('Name\nBody.')
    expect(draft('Body.', 'text', { title: null })[0]?.embeddingText).toBe('Body.')
  })

  test('is left in one chunk where it fits, and in none where it is empty', () => {
    expect(cut(SENTENCES, 'text', { maxTokens: 160, overlapTokens: 32 })).toHaveLength(1)
    expect(cut(' \n\t', 'text', { maxTokens: 160, overlapTokens: 32 })).toEqual([])
  })
})

describe('Markdown', () => {
  test('is cut at headings, each chunk below its path', () => {
    const chunks = cut('# A\n\none\n\n## B\n\ntwo\n\n# C\n\nthree\n', 'markdown')
    expect(chunks.map(({ place, text }) => [place.heading, text])).toEqual([
      [['A'], '# A\n\none'],
      [['A', 'B'], '## B\n\ntwo'],
      [['C'], '# C\n\nthree'],
    ])
  })

  test('a heading without text joins the section below it', () => {
    const chunks = cut('# A\n\n## B\n\ntwo\n', 'markdown')
    expect(chunks.map(({ place }) => place.heading)).toEqual([['A', 'B']])
  })

  test('takes no heading from a fence', () => {
    expect(cut('# A\n\n```sh\n# comment\n```\n', 'markdown')).toHaveLength(1)
  })

  test('keeps code, tables and lists whole where they fit', () => {
    const code = `\`\`\`js\n${'call(1)\n'.repeat(6)}\`\`\``
    const table = `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(3)}`.trim()
    const text = `${SENTENCES}\n\n${code}\n\n${SENTENCES}\n\n${table}\n`
    const chunks = cut(text, 'markdown', { maxTokens: 60, overlapTokens: 0 })
    for (const block of [code, table]) expect(chunks.some((chunk) => chunk.text.includes(block))).toBe(true)
  })

  test('headings lose their markup', () => {
    const [chunk] = cut('## The `impl` of [Drop](drop.md), *really*\n\ntext', 'markdown')
    expect(chunk?.place.heading).toEqual(['The impl of Drop, really'])
  })
})

describe('code', () => {
  const cases: [language: string, source: string, symbols: string[]][] = [
    [
      'typescript',
      `/** Adds. */\nexport function add(a: number, b: number) {\n${body('  return a')}}\n\nclass Stack {\n  push(x) {\n${body('    this.x = x')}  }\n\n  pop() {\n${body('    return 1')}  }\n}\n`,
      ['add', 'Stack.push', 'Stack.pop'],
    ],
    [
      'python',
      `import os\n\n@decorated\ndef first(a):\n    """Says\n    much."""\n${body('    x = a')}\n\nclass Box:\n    def open(self):\n${body('        y = 1')}\n    def shut(self):\n${body('        z = 2')}`,
      ['first', 'Box.open', 'Box.shut'],
    ],
    [
      'rust',
      `#[derive(Debug)]\npub struct P {\n${body('    x: u8,')}}\n\nimpl Draw for P {\n    fn draw(&self) {\n${body('        go();')}    }\n    fn wipe(&self) {\n${body('        no();')}    }\n}\n`,
      ['P', 'P.draw', 'P.wipe'],
    ],
    [
      'go',
      `func (s *Stack) Push(x int) {\n${body('\ts.x = x')}}\n\nfunc main() {\n${body('\trun()')}}\n`,
      ['Push', 'main'],
    ],
    [
      'java',
      `public class A {\n    public int size() {\n${body('        go();')}    }\n    void run(int a) {\n${body('        no();')}    }\n}\n`,
      ['A.size', 'A.run'],
    ],
    [
      'c',
      `static int area(int a) {\n${body('    a += 1;')}}\n\nint main(void) {\n${body('    go();')}}\n`,
      ['area', 'main'],
    ],
    [
      'ruby',
      `class Cat\n  def purr\n${body('    go first, second')}  end\n\n  def nap?\n${body('    no first, second')}  end\nend\n`,
      ['Cat.purr', 'Cat.nap?'],
    ],
  ]

  test.each(cases)('%s is cut at its definitions, each with its name', (language, source, symbols) => {
    const chunks = cut(source, 'code', { maxTokens: 45, overlapTokens: 0 }, language)
    const found = new Set(chunks.map(({ place }) => place.symbol))
    for (const symbol of symbols) expect(found).toContain(symbol)
  })

  test('comments and decorators stay with their definition', () => {
    const source = `def a():\n${body('    x')}\n# About b.\n# More.\n@cached\n@typed\ndef b():\n${body('    y')}`
    const chunk = cut(source, 'code', { maxTokens: 60, overlapTokens: 0 }, 'python').find(
      ({ place }) => place.symbol === 'b',
    )
    expect(chunk?.text).toMatch(/^# About b\.\n# More\.\n@cached\n@typed\ndef b/)
  })

  test('small neighbours share a chunk', () => {
    const source = 'const a = 1\n\nconst b = 2\n\nconst c = 3\n'
    const chunks = cut(source, 'code', { maxTokens: 160, overlapTokens: 0 }, 'typescript')
    expect(chunks.map(({ place }) => place.symbol)).toEqual(['a, b, c'])
  })

  test('brackets in strings and comments do not count', () => {
    const source = `function a() {\n  return '{{{' // {{\n${body('  x()')}}\nfunction b() {\n${body('  y()')}}\n`
    const symbols = cut(source, 'code', { maxTokens: 70, overlapTokens: 0 }, 'javascript').map(
      ({ place }) => place.symbol,
    )
    expect(symbols).toContain('a')
    expect(symbols).toContain('b')
  })
})

test('the fingerprint depends on sizes and on what counts', () => {
  const of = (maxTokens: number, overlapTokens: number, id: string) =>
    chunkingFingerprint({ maxTokens, overlapTokens }, id)
  expect(new Set([of(160, 32, 'a'), of(161, 32, 'a'), of(160, 31, 'a'), of(160, 32, 'b')]).size).toBe(4)
})

test.each([
  ['words', 'word '],
  ['one letter', 'x'],
  ['ideographs', '漢'],
  ['white space', ' '],
  ['empty lines', '\n'],
  ['full stops', '. '],
  ['headings', '# h\n'],
  ['quotations', '> '],
  ['fences', '```\n'],
  ['brackets', '{['],
  ['comments', '/* '],
  ['indentation', '\tif (a) {\n'],
])(
  'a megabyte of %s takes linear time',
  (_, unit) => {
    for (const format of ['text', 'markdown', 'code'] as const) {
      const begun = performance.now()
      cut(unit.repeat(1_000_000 / unit.length), format, { maxTokens: 250, overlapTokens: 32 }, 'typescript')
      // Two to three seconds at most on a slow machine; what is quadratic takes minutes.
      expect(performance.now() - begun).toBeLessThan(20_000)
    }
  },
  90_000,
)

function body(line: string): string {
  return Array.from({ length: 10 }, () => `${line}\n`).join('')
}

function draft(
  text: string,
  format: DocumentFormat,
  options: { title?: string | null; language?: string | null } = {},
) {
  return createChunker(approximateCounter, { maxTokens: 160, overlapTokens: 32 }).chunk({
    text,
    format,
    language: null,
    title: null,
    metadata: {},
    ...options,
  })
}

function cut(
  text: string,
  format: DocumentFormat,
  settings = { maxTokens: 160, overlapTokens: 32 },
  language: string | null = null,
): (ChunkDraft & { text: string })[] {
  const chunks = createChunker(approximateCounter, settings).chunk({
    text,
    format,
    language,
    title: null,
    metadata: {},
  })
  return chunks.map((chunk) => ({ ...chunk, text: text.slice(chunk.place.start, chunk.place.end) }))
}
