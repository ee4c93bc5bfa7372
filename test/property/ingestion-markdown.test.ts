import fc from 'fast-check'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { describe, expect, test } from 'vitest'
import { markdownBlocks } from '../../src/ingestion/chunkers/markdown-blocks.ts'

/** Lines whose combinations are hard: what looks like a heading, and what makes it none. */
const line = fc.constantFrom(
  '',
  '',
  'text',
  '# One',
  '## Two ##',
  '   ### Three',
  '    # in code',
  '\t# tab',
  '#hashtag',
  '#',
  '===',
  '---',
  '- - -',
  '***',
  '```',
  '````',
  '``` js',
  '~~~',
  '  ~~~',
  '- item',
  '  # in item',
  '  ```',
  '1. one',
  '   second',
  '1) two',
  '> quote',
  '> # in quote',
  '<!-- comment',
  '-->',
  '<div>',
  '</div>',
  '<script>\n\n# in script\n</script>',
  '<b>bold</b>',
  '| a | b |',
  '|---|---|',
)

describe('headings of Markdown', () => {
  test('are those that a whole CommonMark parser finds', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), (lines, newline) => {
        const text = `first${newline}${lines.join(newline)}`
        expect(ours(text)).toEqual(oracle(text))
      }),
      { numRuns: 3_000 },
    )
  })
})

function ours(text: string): string[] {
  return markdownBlocks(text)
    .filter(({ kind }) => kind === 'heading')
    .map(({ depth, start, end }) => `${depth} ${text.slice(start, end).trim()}`)
}

function oracle(text: string): string[] {
  return fromMarkdown(text)
    .children.filter((node) => node.type === 'heading')
    .map((node) => `${node.depth} ${text.slice(node.position?.start.offset, node.position?.end.offset).trim()}`)
}
