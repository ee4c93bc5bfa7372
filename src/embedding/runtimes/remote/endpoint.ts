import { SemdexError } from '../../../core/errors.ts'
import type { ModelSpec } from '../../../core/model-spec.ts'

/** Where texts are sent, and what with. */
export interface Endpoint {
  /** Of `/embeddings`. */
  url: URL
  /** The address for people: no query, which may hold a secret. */
  shown: string
  /** The server's name for the model. */
  model: string
  key: string | null
  keyVariable: string | null
}

/**
 * Checks what a remote spec says. A key goes over https, or over http to this machine or its own network.
 * @throws {SemdexError} `MODEL_INVALID`; `REMOTE_FAILED` where the key is missing or cannot be sent
 */
export function readEndpoint({ name, remote }: ModelSpec, key: string | null): Endpoint {
  if (!remote) throw invalid(name, 'does not say which server runs it', 'Give it remote: { url, model, keyVariable }')
  const url = readUrl(name, remote.url)
  const { model, keyVariable } = remote
  const trimmed = key?.trim() || null
  if (keyVariable !== null) {
    assertKey(name, keyVariable, trimmed)
    if (url.protocol === 'http:' && !isNear(url.hostname)) {
      throw invalid(name, `would send its key unencrypted to ${url.host}`, 'Give remote.url with https')
    }
  }
  return { url, shown: `${url.origin}${url.pathname}`, model, key: keyVariable === null ? null : trimmed, keyVariable }
}

function readUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw invalid(name, 'has no http or https address in remote.url', 'Give remote.url as https://host/v1')
  }
  if (url.username !== '' || url.password !== '') {
    const fix = 'Put the key into an environment variable, and the name of that into remote.keyVariable'
    throw invalid(name, 'has a user or password in remote.url', fix)
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/embeddings`
  url.hash = ''
  return url
}

/** A key that fetch refuses would stand in fetch's own error. */
function assertKey(model: string, variable: string, key: string | null): void {
  if (key !== null && /^[\x21-\x7e]+$/.test(key)) return
  throw new SemdexError('REMOTE_FAILED', {
    message:
      key === null
        ? `The model ${model} needs a key, and the environment variable ${variable} is not set.`
        : `The key in the environment variable ${variable} has characters that no key has.`,
    fix: `Set ${variable} to the key of the server`,
    details: { model, variable },
  })
}

/** This machine, or an address or name that means something in a private network alone. */
function isNear(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (
    /^(127|10)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(host)
  ) {
    return /^[\d.]+$/.test(host)
  }
  if (host.includes(':')) return /^(::1$|f[cd]|fe[89ab])/.test(host)
  return !host.includes('.') || /\.(localhost|local|internal|lan|home\.arpa)$/.test(host)
}

function invalid(name: string, reason: string, fix: string): SemdexError {
  return new SemdexError('MODEL_INVALID', { message: `The model ${name} ${reason}.`, fix, details: { model: name } })
}
