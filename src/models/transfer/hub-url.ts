import { validateHeaderValue } from 'node:http'
import { SemdexError } from '../../core/errors.ts'

export interface FileInHub {
  repository: string
  /** Null for the newest. */
  revision: string | null
  path: string
}

/**
 * `<endpoint>/<repository>/resolve/<revision or main>/<path>`; the endpoint may have a path.
 * @throws {SemdexError} `CONFIGURATION_INVALID` for an endpoint that is no http or https URL.
 */
export function fileUrl(endpoint: string, { repository, revision, path }: FileInHub): URL {
  const encoded = (text: string) => text.split('/').map(encodeURIComponent).join('/')
  const base = URL.parse(endpoint)
  if (!base || !/^https?:$/.test(base.protocol)) {
    throw invalid(
      'hub.endpoint',
      'must be an http or https URL',
      'Write it as https://host in hub.endpoint or HF_ENDPOINT',
    )
  }
  const prefix = base.pathname.replace(/\/+$/, '')
  const file = `${encoded(repository)}/resolve/${encodeURIComponent(revision ?? 'main')}/${encoded(path)}`
  return new URL(`${base.origin}${prefix}/${file}`)
}

/** @throws {SemdexError} `CONFIGURATION_INVALID` for a token that no request can carry. */
export function checkToken(token: string | null): void {
  try {
    if (token !== null) validateHeaderValue('authorization', token)
  } catch {
    throw invalid(
      'hub.token',
      'holds what no header can carry',
      'Set hub.token or HF_TOKEN to the token alone, without line breaks',
    )
  }
}

function invalid(key: string, reason: string, fix: string): SemdexError {
  return new SemdexError('CONFIGURATION_INVALID', { message: `The setting ${key} ${reason}.`, fix, details: { key } })
}
