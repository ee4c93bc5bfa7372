import { expect, test } from 'vitest'
import { textDigest } from '../../../src/memory/normal-text.ts'

test.each([
  ['The Café opens.', 'the  CAFE\u0301\nopens'],
  ['a b', ' a\tb !!. '],
  ['ﬁle', 'FILE'],
  ['今日は。', '今日は'],
])('%j says the same as %j', (a, b) => expect(textDigest(a)).toBe(textDigest(b)))

test.each([
  ['We deploy.', 'We deploy?'],
  ['port 8080', 'port 8081'],
  ['a.b', 'ab'],
  ['...', '!'],
  ['...', ''],
  ['\ud800', '\udc00x'],
])('%j says something else than %j', (a, b) => expect(textDigest(a)).not.toBe(textDigest(b)))
