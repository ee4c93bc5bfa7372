import { SemdexError } from '../../../core/errors.ts'
import type { Context, MiddlewareHandler } from '../../../vendor/hono.ts'
import type { KeyRing } from '../key-ring.ts'
import { isLoopback, peerOf } from '../peer.ts'
import type { RateLimits, Standing } from '../rate-limits.ts'
import type { Env, ServerParts } from '../server-parts.ts'

/** Calls that have a limit of their own. */
const GENERATES_EMBEDDINGS = new Set(['embed', 'embeddings.fill', 'backfill'])

/**
 * Says who asks, what they may do, and how often. A server without keys listens on this machine alone, and serves its
 * owner; once a key was made every request needs one, also when none is valid any more.
 */
export function authenticate({ parts }: ServerParts, keys: KeyRing, limits: RateLimits): MiddlewareHandler<Env> {
  const { configuration } = parts
  const isPrivate = isLoopback(configuration.host)

  async function identify(c: Context<Env>): Promise<Identity> {
    if (c.env?.socket) return { access: 'admin', who: null }
    const presented = presentedKey(c)
    const key = presented === undefined ? null : await keys.find(presented)
    if (key) return { access: key.access, key: key.id, who: `key ${key.id}` }
    if (isPrivate && !(await keys.isNeeded())) return { access: 'admin', who: peerOf(c, configuration) }
    await limits.countRequest(peerOf(c, configuration))
    throw keyInvalid(presented !== undefined)
  }

  return async (c, next) => {
    const { access, key, who } = await identify(c)
    c.set('access', access)
    if (key !== undefined) c.set('key', key)
    c.set('caller', {
      parts,
      access,
      ...(key !== undefined && { key }),
      onStage: c.get('onStage'),
      async onCall(operation) {
        if (who !== null && GENERATES_EMBEDDINGS.has(operation)) await limits.countEmbedding(who)
      },
    })
    const standing = who === null ? null : await limits.countRequest(who)
    await next()
    tellStanding(c, standing)
  }
}

interface Identity {
  access: Env['Variables']['access']
  key?: string
  /** Whom the limits count; null for the machine's own user. */
  who: string | null
}

function presentedKey(c: Context): string | undefined {
  const [, bearer] = /^Bearer +(\S+)\s*$/i.exec(c.req.header('authorization') ?? '') ?? []
  return bearer ?? c.req.header('x-api-key')
}

function tellStanding(c: Context, standing: Standing | null): void {
  if (!standing) return
  c.header('ratelimit-limit', `${standing.limit}`)
  c.header('ratelimit-remaining', `${standing.remaining}`)
  c.header('ratelimit-reset', `${standing.reset}`)
}

function keyInvalid(wasGiven: boolean): SemdexError {
  return new SemdexError('KEY_INVALID', {
    message: wasGiven ? 'The key is wrong, revoked or expired.' : 'The server needs a key.',
    fix: 'Send the header authorization: Bearer <key> (semdex keys create makes keys)',
    details: { field: 'authorization', given: wasGiven },
  })
}
