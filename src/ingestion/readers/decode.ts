import { SemdexError } from '../../core/errors.ts'

export interface Decoded {
  text: string
  /** Places where bytes that are no text were replaced by U+FFFD. */
  replacements: number
}

/** Where git looks for a NUL too. */
const SNIFFED_BYTES = 8_000
/** Above this share of replaced places the bytes are no text in any encoding that is known here. */
const MOST_REPLACED = 0.1

/**
 * Bytes as text: UTF-16 where a byte order mark says so, else UTF-8. The mark is left out; nothing else is.
 * @throws {SemdexError} `FILE_BINARY`
 */
export function decode(bytes: Uint8Array, path: string): Decoded {
  const encoding = encodingOf(bytes)
  if (encoding === 'utf-8' && bytes.subarray(0, SNIFFED_BYTES).includes(0)) throw binary(path, 'it holds NUL bytes')
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), replacements: 0 }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  const text = new TextDecoder(encoding).decode(bytes)
  const replacements = text.split('\uFFFD').length - 1
  if (replacements > text.length * MOST_REPLACED) throw binary(path, `it is not ${encoding.toUpperCase()}`)
  return { text, replacements }
}

function encodingOf([first, second, third, fourth]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const isUtf32 = first === 0xff && second === 0xfe && third === 0 && fourth === 0
  if (first === 0xff && second === 0xfe && !isUtf32) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

function binary(path: string, reason: string): SemdexError {
  return new SemdexError('FILE_BINARY', {
    message: `${path} is not text: ${reason}.`,
    fix: 'Convert it to UTF-8, or leave it out with a line in .semdexignore',
    details: { path },
  })
}
