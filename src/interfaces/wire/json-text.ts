import { SemdexError } from '../../core/errors.ts'

/** Deeper values would overflow the stack of whatever walks them. */
const MAX_DEPTH = 100

/**
 * The JSON value that bytes say.
 * @throws {SemdexError} `INVALID_INPUT` for what is not UTF-8, not JSON, or too deep
 */
export function parseJson(bytes: Uint8Array | ArrayBuffer, name: string): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    assertShallow(text, name)
    return JSON.parse(text)
  } catch (cause) {
    if (cause instanceof SemdexError) throw cause
    const reason = cause instanceof SyntaxError ? `not JSON (${cause.message})` : 'not UTF-8'
    throw new SemdexError('INVALID_INPUT', { message: `The ${name} is ${reason}.`, details: { field: name }, cause })
  }
}

/** Counts brackets outside strings, before anything is built of them. */
function assertShallow(text: string, name: string): void {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = endOfString(text, i)
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) depth++
    else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--
    if (depth <= MAX_DEPTH) continue
    throw new SemdexError('INVALID_INPUT', {
      message: `The ${name} nests more than ${MAX_DEPTH} levels deep.`,
      details: { field: name, limit: MAX_DEPTH },
    })
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Where the string that begins at `start` ends; the text's end where it does not. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return text.length
}

/**
 * A browser sends other types to any server without asking it first: a page elsewhere could then write.
 * @throws {SemdexError} `MEDIA_TYPE_UNSUPPORTED`
 */
export function assertJsonType(type: string | undefined): void {
  if (type !== undefined && /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) return
  throw new SemdexError('MEDIA_TYPE_UNSUPPORTED', {
    message: `The body is ${type ?? 'of no type'}; it must be JSON.`,
    fix: 'Send the header content-type: application/json',
    details: { field: 'content-type' },
  })
}
