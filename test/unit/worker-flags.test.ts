import { expect, test } from 'vitest'
import { workerFlags } from '../../src/core/worker-flags.ts'

test('a worker gets the flags of its process, but not the script that was given as text', () => {
  expect(
    workerFlags(['--import', './hook.js', '--input-type=module', '--max-old-space-size=99', '-e', '1 + 1']),
  ).toEqual(['--import', './hook.js', '--max-old-space-size=99'])
  expect(workerFlags(['--input-type', 'module', '--print', 'x'])).toEqual([])
  expect(workerFlags([])).toEqual([])
})
