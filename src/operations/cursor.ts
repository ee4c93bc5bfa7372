import { SemdexError } from '../core/errors.ts'

/** Where a page ends, for the next. Keys only grow and are never used again, whatever was added or removed meanwhile. */
export function makeCursor(key: number): string {
  return Buffer.from(`after ${key}`).toString('base64url')
}

/** @throws {SemdexError} `INVALID_INPUT` */
export function readCursor(cursor: string, operation: string): number {
  const key = Number(/^after (\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1])
  if (Number.isInteger(key) && makeCursor(key) === cursor) return key
  throw new SemdexError('INVALID_INPUT', {
    message: `${operation}: cursor: it is none that a page gave.`,
    fix: 'Leave it out for the first page',
    details: { field: 'cursor', operation },
  })
}
