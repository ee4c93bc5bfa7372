import { describe, expect, test } from 'vitest'
import { documentSide, type RoutedDocument } from '../../../src/routing/document-side.ts'

const CODE = 'export function add(a: number, b: number) {\n  return a + b;\n}\n'.repeat(5)
const PROSE = 'The cat sat on the mat and looked out of the window at the rain. '.repeat(5)

describe('the side of a document', () => {
  test('is what its declared kind says, whatever its type and content', async () => {
    expect(await sideOf({ metadata: { kind: 'code_template' }, path: '/a.md', format: 'markdown', text: PROSE })).toBe(
      'code',
    )
    expect(await sideOf({ metadata: { kind: 'Code Pattern' }, text: PROSE })).toBe('code')
    expect(await sideOf({ metadata: { kind: 'decision' }, path: '/a.ts', format: 'code', text: CODE })).toBe('text')
  })

  test('is not decided by a kind that is unknown or no string', async () => {
    expect(await sideOf({ metadata: { kind: 'constructor' }, text: CODE })).toBe('code')
    expect(await sideOf({ metadata: { kind: 7 }, text: PROSE })).toBe('text')
  })

  test('is else what its file type says, whatever its content', async () => {
    expect(await sideOf({ path: '/a/readme.md', format: 'markdown', text: CODE })).toBe('text')
    expect(await sideOf({ path: '/a/b.rs', format: 'code', language: 'rust', text: PROSE })).toBe('code')
    expect(await sideOf({ format: 'code', text: PROSE })).toBe('code')
    expect(await sideOf({ path: '/a/b.ADB', text: PROSE })).toBe('code')
    expect(await sideOf({ path: '/a/b.csv', text: CODE })).toBe('text')
  })

  test('is else what its content says', async () => {
    expect(await sideOf({ path: '/a/b.txt', text: CODE })).toBe('code')
    expect(await sideOf({ path: '/a/notes', text: PROSE })).toBe('text')
    const template = '<div class="row"><script src="a.js"></script><img src="b.png"/></div>\n'.repeat(20)
    expect(await sideOf({ path: '/a.html', format: 'code', language: 'html', text: template })).toBe('code')
  })
})

function sideOf(given: Partial<RoutedDocument>) {
  return documentSide({ metadata: {}, path: null, format: 'text', text: '', ...given })
}
