import { expect, test } from 'vitest'
import { treatmentOf } from './support/blocks.ts'
import { matchesText, shapeOf } from './support/compare.ts'

test('an info string that is not known is not taken for one that is', () => {
  for (const info of ['', 'bash', 'sh no-run:', 'sh no-run', 'ts fragment', 'json shape', 'sh exit=x', 'yaml']) {
    expect(treatmentOf(info)).toEqual({ kind: 'unknown' })
  }
})

test('a block without a run needs a reason', () => {
  expect(treatmentOf('sh no-run: asks for a password')).toEqual({ kind: 'not run', reason: 'asks for a password' })
})

test('shown output must be what was printed', () => {
  expect(matchesText('one\ntwo', 'one\ntwo\n')).toBe(true)
  expect(matchesText('one\ntwo', 'one\nthree\n')).toBe(false)
  expect(matchesText('one', 'one\ntwo\n')).toBe(false)
  expect(matchesText('took … ms\n…\nend', 'took 4 ms\na\nb\nend\n')).toBe(true)
  expect(matchesText('took … ms\n…\nend', 'took 4 s\na\nb\nend\n')).toBe(false)
  expect(matchesText('a.b', 'axb\n')).toBe(false)
})

test('shown JSON must have the keys and the types of what was printed', () => {
  const shown = shapeOf({ hits: [{ rank: 1, path: 'a' }], degraded: null })
  expect(
    shapeOf({
      degraded: null,
      hits: [
        { path: 'b', rank: 2 },
        { path: 'c', rank: 3 },
      ],
    }),
  ).toEqual(shown)
  expect(shapeOf({ degraded: null, hits: [{ path: 'b', rank: '2' }] })).not.toEqual(shown)
  expect(shapeOf({ hits: [{ path: 'b', rank: 2 }] })).not.toEqual(shown)
})
