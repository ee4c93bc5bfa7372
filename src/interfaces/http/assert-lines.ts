import { SemdexError } from '../../core/errors.ts'

/** The media type of lines of JSON. */
export const LINES = 'application/x-ndjson'

/** @throws {SemdexError} `MEDIA_TYPE_UNSUPPORTED` */
export function assertLines(type: string | undefined): void {
  if (type !== undefined && /^application\/(x-)?(ndjson|jsonl|jsonlines)\s*(;|$)/i.test(type)) return
  throw new SemdexError('MEDIA_TYPE_UNSUPPORTED', {
    message: `The body is ${type ?? 'of no type'}; it must be lines of JSON.`,
    fix: `Send the header content-type: ${LINES}`,
    details: { field: 'content-type' },
  })
}
