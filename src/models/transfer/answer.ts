import { pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { AttemptFailed, printable } from './failures.ts'
import type { Origin, Partial } from './partial.ts'
import type { Answer } from './request.ts'
import { readRetryAfter } from './retry.ts'

/** Headers that ask for the rest of what has come, if the server still has the same file; for all of it otherwise. */
export function rangeHeaders({ bytes, origin }: Partial, url: URL): Record<string, string> {
  if (bytes === 0 || !origin?.etag || origin.url !== printable(url)) return {}
  return { range: `bytes=${bytes}-`, 'if-range': origin.etag }
}

/** @throws {AttemptFailed} for every answer that brings no bytes of a file. */
export function checkStatus({ status, headers }: Answer): void {
  if (status === 200 || status === 206) {
    if (!/^text\/html\b/i.test(headers['content-type'] ?? '')) return
    throw new AttemptFailed('the server answers with a web page', { status, retry: false })
  }
  const retry = [408, 416, 425, 429, 500, 502, 503, 504].includes(status)
  const retryAfterMs = readRetryAfter(headers['retry-after'])
  const asks = retryAfterMs === null ? '' : `, and to come back in ${Math.ceil(retryAfterMs / 1000)} s`
  throw new AttemptFailed(`the server answered ${status}${asks}`, { status, retry, retryAfterMs })
}

/**
 * What an answer tells of the file. The hub's checksum of large files is their sha256 (`X-Linked-Etag`, or its own
 * `ETag`). The ETag of a server that it redirects to may look the same and be the digest of something else.
 */
export function originOf({ headers, hub }: Answer, url: URL): Origin {
  const encoded = encodingOf(headers) !== 'identity'
  const ownEtag = encoded ? undefined : hub.etag
  return {
    url: printable(url),
    etag: !encoded && /^"[^"]*"$/.test(headers.etag ?? '') ? (headers.etag as string) : null,
    sha256: sha256In(hub['x-linked-etag']) ?? sha256In(ownEtag),
    bytes: numberIn(hub['x-linked-size']) ?? (encoded ? null : wholeLength(headers)),
  }
}

/** Whether a 206 brings the bytes after those that are there, of the same file. */
export function goesOn({ bytes, origin }: Partial, { headers }: Answer, told: Origin): boolean {
  const [, first] = /^bytes (\d+)-/.exec(headers['content-range'] ?? '') ?? []
  if (origin === null || bytes === 0 || Number(first) !== bytes) return false
  const agree = <T>(one: T | null, other: T | null) => one === null || other === null || one === other
  return (
    encodingOf(headers) === 'identity' &&
    (headers.etag === undefined || headers.etag === origin.etag) &&
    agree(origin.sha256, told.sha256) &&
    agree(origin.bytes, told.bytes)
  )
}

/** The bytes of the file: a server may compress although it was asked not to. */
export function contentOf({ headers, body }: Answer): AsyncIterable<Uint8Array> {
  const encoding = encodingOf(headers)
  if (encoding === 'identity') return body
  const decoder = DECODERS[encoding]?.()
  if (!decoder) throw new AttemptFailed(`the server answers with the encoding ${encoding}`, { retry: false })
  pipeline(body, decoder, () => undefined)
  return decoder
}

const DECODERS: Record<string, () => ReturnType<typeof createGunzip>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

function encodingOf(headers: Answer['headers']): string {
  return headers['content-encoding']?.trim().toLowerCase() || 'identity'
}

function wholeLength(headers: Answer['headers']): number | null {
  const range = headers['content-range']
  return range === undefined ? numberIn(headers['content-length']) : numberIn(range.split('/').at(-1))
}

function sha256In(value: string | string[] | undefined): string | null {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/i.exec(String(value ?? ''))?.[1]?.toLowerCase() ?? null
}

function numberIn(value: string | string[] | undefined): number | null {
  return /^\d+$/.test(String(value ?? '')) ? Number(value) : null
}
