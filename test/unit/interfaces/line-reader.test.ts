import { expect, test } from 'vitest'
import { LineReader } from '../../../src/interfaces/wire/line-reader.ts'

test.each<[string, string[], (string | null)[]]>([
  ['whole lines', ['a\nbc\n'], ['a', 'bc']],
  ['lines in pieces', ['a', 'b', '\nc', 'd', '\n'], ['ab', 'cd']],
  ['no newline at the end', ['a\nb'], ['a', 'b']],
  ['empty lines', ['\n\na\n'], ['', '', 'a']],
  ['nothing', [], []],
  ['a line that is too long', ['123456', '789\nab\n'], [null, 'ab']],
  ['the longest line', ['12345678\n123456789'], ['12345678', null]],
])('lines of a stream: %s', async (_, chunks, lines) => {
  const reader = new LineReader(ReadableStream.from(chunks.map((chunk) => Buffer.from(chunk))), 8)
  const found: (string | null)[] = []
  for (let line = await reader.next(); line; line = await reader.next()) {
    expect(line.number).toBe(found.length + 1)
    found.push('bytes' in line ? Buffer.from(line.bytes).toString() : null)
  }
  expect(found).toEqual(lines)
})
