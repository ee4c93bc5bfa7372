import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { confirm } from '../../../src/interfaces/cli/confirm.ts'

/** With `isTTY` keys are read, as on a terminal. */
function openTerminal(isTTY: boolean) {
  const input = new PassThrough()
  const output = Object.assign(new PassThrough(), { isTTY, columns: 80 })
  let screen = ''
  output.setEncoding('utf8').on('data', (text) => (screen += text))
  const control = new AbortController()
  return { input, output, signal: control.signal, abort: () => control.abort(), screen: () => screen }
}

test.each([
  ['y\n', true],
  ['Y\r', true],
  [' yes \n', true],
  ['YES\n', true],
  ['n\n', false],
  ['\n', false],
  ['yet\n', false],
  ['no y\n', false],
])('%j: %s', async (typed, expected) => {
  for (const isTTY of [true, false]) {
    const terminal = openTerminal(isTTY)
    const answer = confirm('Go on?', terminal)
    terminal.input.write(typed)
    expect(await answer).toBe(expected)
    expect(terminal.screen()).toContain('Go on? [y/N] ')
  }
})

test('the end of the input is a no', async () => {
  const keys = openTerminal(true)
  const byKey = confirm('Go on?', keys)
  keys.input.write('\u0004')
  expect(await byKey).toBe(false)
  const piped = openTerminal(false)
  const ended = confirm('Go on?', piped)
  piped.input.end()
  expect(await ended).toBe(false)
  expect(piped.screen()).toBe('Go on? [y/N] \n')
})

test('Ctrl-C and the signal abort it', async () => {
  const keys = openTerminal(true)
  const byKey = confirm('Go on?', keys)
  keys.input.write('\u0003')
  await expect(byKey).rejects.toMatchObject({ code: 'ABORTED' })
  const stopped = openTerminal(true)
  const bySignal = confirm('Go on?', stopped)
  stopped.abort()
  await expect(bySignal).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(confirm('Go on?', stopped)).rejects.toMatchObject({ code: 'ABORTED' })
})
