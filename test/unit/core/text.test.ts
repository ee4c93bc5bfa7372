import { expect, test } from 'vitest'
import { portablePath, safeText } from '../../../src/core/text.ts'

test.each([
  ['plain', 'plain'],
  ['a\0b', 'a\0b'],
  ['\ud800', '\ufffd'],
  ['x\udc00y\ud83d', 'x\ufffdy\ufffd'],
  ['\u{1f600}', '\u{1f600}'],
  ['', ''],
])('safeText of %j', (text, safe) => expect(safeText(text)).toBe(safe))

test.each([
  ['/home/ada/notes', '/home/ada/notes'],
  ['C:\\Users\\Ada\\notes', 'C:/Users/Ada/notes'],
  ['c:\\Users', 'C:/Users'],
  ['c:/Users', 'C:/Users'],
  ['d:', 'D:'],
  ['\\\\server\\share\\a.md', '//server/share/a.md'],
  ['C:\\mixed/slashes\\here', 'C:/mixed/slashes/here'],
  ['/home/a\\b', '/home/a\\b'],
  ['/c:/x', '/c:/x'],
])('portablePath of %s', (path, portable) => {
  expect(portablePath(path)).toBe(portable)
  expect(portablePath(portable)).toBe(portable)
})
