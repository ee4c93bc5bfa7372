import { describe, expect, test } from 'vitest'
import { SemdexError, throwIfAborted, toSemdexError } from '../../../src/core/errors.ts'

const full = new SemdexError('MODEL_DAMAGED', {
  message: 'The file w.onnx is damaged.',
  fix: 'npm install again',
  details: { file: 'w.onnx', bytes: 3 },
  cause: new Error('sha256'),
})

describe('a SemdexError', () => {
  test('is an Error with a code, a way out, details and a cause', () => {
    expect(full).toBeInstanceOf(Error)
    expect(full).toMatchObject({ name: 'SemdexError', code: 'MODEL_DAMAGED', fix: 'npm install again' })
    expect((full.cause as Error).message).toBe('sha256')
    expect('cause' in new SemdexError('INTERNAL', { message: 'x' })).toBe(false)
  })

  test('crosses an interface as JSON without its cause', () => {
    const json = JSON.parse(JSON.stringify(full))
    expect(json).toEqual({
      code: 'MODEL_DAMAGED',
      message: 'The file w.onnx is damaged.',
      fix: 'npm install again',
      details: { file: 'w.onnx', bytes: 3 },
    })
    expect(SemdexError.fromJSON(json).toJSON()).toEqual(json)
    expect(JSON.parse(JSON.stringify(new SemdexError('INTERNAL', { message: 'x' })))).toEqual({
      code: 'INTERNAL',
      message: 'x',
    })
  })
})

describe('toSemdexError', () => {
  test('keeps what is one', () => expect(toSemdexError(full)).toBe(full))

  test('takes an abort for an abort', () => {
    const reason = new DOMException('stop', 'AbortError')
    expect(toSemdexError(reason)).toMatchObject({ code: 'ABORTED', cause: reason })
  })

  test.each([
    [new TypeError('no function'), 'no function'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('makes %s INTERNAL', (thrown, message) => {
    expect(toSemdexError(thrown)).toMatchObject({ code: 'INTERNAL', message })
  })
})

test('throwIfAborted throws only where the signal has fired, whatever the reason', () => {
  throwIfAborted(undefined)
  throwIfAborted(new AbortController().signal)
  for (const reason of [undefined, 'because', new Error('because')]) {
    const thrown = (() => {
      try {
        throwIfAborted(AbortSignal.abort(reason))
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toMatchObject({ code: 'ABORTED' })
  }
})
