import assert from 'node:assert/strict'
import { type ErrorCode, SemdexError } from '../core/errors.ts'

/** What a suite needs of a test runner: vitest and node:test both have it. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  test(name: string, body: () => Promise<void>): unknown
}

/** Runs the body with something that is closed afterwards, whatever happens. */
export async function using<T extends { close(): Promise<void> }>(
  create: () => Promise<T>,
  body: (thing: T) => Promise<void>,
): Promise<void> {
  const thing = await create()
  try {
    await body(thing)
  } finally {
    await thing.close()
  }
}

export async function rejectsWith(code: ErrorCode, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (thrown) => {
    assert.ok(thrown instanceof SemdexError, `expected a SemdexError, got ${String(thrown)}`)
    assert.equal(thrown.code, code)
    return true
  })
}
