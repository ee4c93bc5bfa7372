import { createHash } from 'node:crypto'

/** What its owner holds: `semdex_<id>_<secret>`. The id is public, the secret 256 random bits in base64url. */
export function formatKey({ id, secret }: { id: string; secret: string }): string {
  return `semdex_${id}_${secret}`
}

/** Null for what is no key. */
export function parseKey(text: string): { id: string; secret: string } | null {
  const [, id, secret] = /^semdex_([a-z0-9]{1,32})_([\w-]{43})$/.exec(text) ?? []
  return id === undefined || secret === undefined ? null : { id, secret }
}

/** sha256 of a secret, in hex: what is stored of it. */
export function keyDigest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
