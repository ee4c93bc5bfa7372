import { SemdexError } from '../../core/errors.ts'

/**
 * The JSON value that bytes say.
 * @throws {SemdexError} `INVALID_INPUT` for what is not UTF-8 or not JSON
 */
export function parseJson(bytes: Uint8Array | ArrayBuffer, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? `not JSON (${cause.message})` : 'not UTF-8'
    throw new SemdexError('INVALID_INPUT', { message: `The ${name} is ${reason}.`, details: { field: name }, cause })
  }
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
