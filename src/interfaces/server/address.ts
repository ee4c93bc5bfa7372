import { SemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import { isLive } from '../http/key-ring.ts'
import { isLoopback } from '../http/peer.ts'

/**
 * Whoever reaches a server without keys may do everything, so that it listens on this machine alone.
 * @throws {SemdexError} `CONFIGURATION_INVALID`
 */
export async function assertGuarded(parts: Parts): Promise<void> {
  const { host } = parts.configuration
  if (isLoopback(host)) return
  const { keys } = await parts.storage()
  if ((await keys.keys()).some(isLive)) return
  throw new SemdexError('CONFIGURATION_INVALID', {
    message: `The server would be open to others on ${host}, and there is no key.`,
    fix: 'semdex keys create <name> --scope read, or --host 127.0.0.1',
    details: { key: 'server.host', host },
  })
}
