import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Configuration } from '../../../core/configuration.ts'

/** Where the daemon of a database has what is its own. Two databases have two daemons. */
export interface DaemonPlace {
  database: string
  /** Of the user alone (0700). */
  folder: string
  /** The Unix socket (0600) or, on Windows, the named pipe. */
  socket: string
  /** What the daemon says of itself, from when it listens until it ends. */
  state: string
  /** Held by the daemon as long as it lives, however it ends. The file stays. */
  lock: string
  log: string
}

export function daemonPlace({ database, daemonFolder }: Configuration): DaemonPlace {
  const name = hash(database)
  const file = (extension: string) => join(daemonFolder, `${name}.${extension}`)
  const socket = process.platform === 'win32' ? `\\\\.\\pipe\\semdex-${name}` : file('sock')
  return { database, folder: daemonFolder, socket, state: file('json'), lock: file('lock'), log: file('log') }
}

/** Whether a daemon may be there: all that a command without one pays for. */
export function mayHaveDaemon({ state }: DaemonPlace): boolean {
  return existsSync(state)
}

/** 53 bits as eleven letters (cyrb53): a socket's path has little room, and node:crypto costs a cold start. */
function hash(text: string): string {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 2_654_435_761)
    low = Math.imul(low ^ unit, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return ((low & 0x1f_ff_ff) * 2 ** 32 + (high >>> 0)).toString(36).padStart(11, '0')
}
