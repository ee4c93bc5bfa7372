import { isIPv6 } from 'node:net'
import type { Context } from '../../vendor/hono.ts'
import type { Env } from './server-parts.ts'

/**
 * Whose request it is, where it has no key: the address of its connection, or what a trusted proxy says of it. An IPv6
 * network of 64 bits counts as one, since one subscriber has all of it.
 */
export function peerOf(c: Context<Env>, { trustProxy }: { trustProxy: boolean }): string {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  const address = (forwarded || c.env?.incoming?.socket.remoteAddress) ?? 'unknown'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1] as string
  return isIPv6(address) ? network(address) : address
}

/** The first 64 bits, in full. */
function network(address: string): string {
  const [head = '', tail] = address.split('::')
  const parts = head.split(':').filter(Boolean)
  const rest = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array.from({ length: Math.max(0, 8 - parts.length - rest.length) }, () => '0')
  const full = tail === undefined ? parts : [...parts, ...zeros, ...rest]
  return full
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')
}

/** Addresses and names of this machine itself. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|::1|\[::1\]|::ffff:127(\.\d{1,3}){3})$/i.test(host)
}
