import { describe, expect, test } from 'vitest'
import { readBytes, readers } from '../../src/ingestion/readers/registry.ts'

const bytes = (text: string) => Buffer.from(text)

describe('readers', () => {
  test.each([
    ['/a/x.md', 'markdown', null],
    ['/a/X.MARKDOWN', 'markdown', null],
    ['/a/x.tsx', 'code', 'typescript'],
    ['/a/x.py', 'code', 'python'],
    ['/a/Makefile', 'code', 'makefile'],
    ['/a/CMakeLists.txt', 'code', 'cmake'],
    ['/a/x.txt', 'text', null],
    ['/a/LICENSE', 'text', null],
    ['/a/x.constructor', 'text', null],
  ])('%s is read as %s', (path, format, language) => {
    expect(readBytes(bytes('x'), path)).toMatchObject({ format, language, text: 'x' })
  })

  test('each reader has its own name', () => {
    expect(new Set(readers.map(({ name }) => name)).size).toBe(readers.length)
  })
})

describe('decoding', () => {
  test.each([
    ['UTF-8', bytes('žluť \u{1F600}')],
    ['UTF-8 with a mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes('žluť \u{1F600}')])],
    ['UTF-16 LE', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('žluť \u{1F600}', 'utf16le')])],
    ['UTF-16 BE', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from('žluť \u{1F600}', 'utf16le').swap16()])],
  ])('%s', (_, content) => {
    expect(readBytes(content, '/a.txt')).toMatchObject({ text: 'žluť \u{1F600}', replacements: 0 })
  })

  test('keeps carriage returns, tabs and what else a text holds', () => {
    const text = 'a\r\nb\tc\u0001\r'
    expect(readBytes(bytes(text), '/a.txt').text).toBe(text)
  })

  test('counts what it replaced, not the replacement characters that were there', () => {
    expect(readBytes(bytes('\uFFFD is text'), '/a.txt').replacements).toBe(0)
    expect(readBytes(Buffer.from('\xe9 and fine otherwise', 'latin1'), '/a.txt').replacements).toBe(1)
  })

  test.each([
    ['NUL bytes', Buffer.from([65, 0, 66])],
    ['no UTF-8 at all', Buffer.from(Array.from({ length: 200 }, (_, i) => 128 + (i % 60)))],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 65, 0, 0, 0])],
  ])('refuses %s, naming the file', (_, content) => {
    expect(() => readBytes(content, '/a/b.txt')).toThrow(
      expect.objectContaining({ code: 'FILE_BINARY', message: expect.stringContaining('/a/b.txt') }),
    )
  })
})

describe('Markdown', () => {
  const read = (text: string) => readBytes(bytes(text), '/docs/page.md')

  test('the title is the front matter’s, the first heading’s, or the file’s name', () => {
    expect(read('---\ntitle: Given\n---\n\n# Heading\n').title).toBe('Given')
    expect(read('Intro.\n\n## Sub\n\n# Heading *one*\n').title).toBe('Heading one')
    expect(read('```\n# no\n```\n').title).toBe('page.md')
  })

  test('front matter becomes metadata and stays in the text', () => {
    const text = '---\ntags: [a, b]\ndraft: true\nweight: 3\ndate: 2024-05-01\n---\nBody\n'
    const document = read(text)
    expect(document.metadata).toEqual({ tags: ['a', 'b'], draft: true, weight: 3, date: '2024-05-01' })
    expect(document.text).toBe(text)
  })

  test('broken front matter costs the metadata, not the text', () => {
    expect(read('---\na: [\n---\n# T\n')).toMatchObject({ metadata: {}, title: 'T' })
    expect(read('---\n- list\n---\n# T\n')).toMatchObject({ metadata: {}, title: 'T' })
  })
})
