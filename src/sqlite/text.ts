/**
 * A string as a column value that gives back exactly the same string: TEXT, or UTF-16LE bytes where UTF-8 cannot
 * say it (lone surrogates) or SQL functions would cut it (NULs). One string has one form, so equality and unique
 * constraints hold.
 */
export function encodeText(text: string): string | Uint8Array {
  return text.isWellFormed() && !text.includes('\0') ? text : Buffer.from(text, 'utf16le')
}

export function decodeText(value: string | Uint8Array): string {
  if (typeof value === 'string') return value
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf16le')
}

export function encodeNullable(text: string | null | undefined): string | Uint8Array | null {
  return text === null || text === undefined ? null : encodeText(text)
}

export function decodeNullable(value: string | Uint8Array | null): string | null {
  return value === null ? null : decodeText(value)
}

/** The form of a text column. */
export type TextValue = string | Uint8Array
