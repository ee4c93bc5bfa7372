import { request } from 'node:http'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import type { ResolvedConfiguration } from '../../src/core/configuration.ts'
import { type DaemonPlace, daemonPlace } from '../../src/interfaces/server/daemon/place.ts'
import { newUser, type User } from './cli.ts'

/** A user whose daemons are found and ended, whatever became of them. */
export interface DaemonUser extends User {
  place: DaemonPlace
  configuration: ResolvedConfiguration
  /** The process of the daemon, once it listens. */
  startDaemon(...flags: string[]): Promise<number>
  /** Ends all that was started, and removes the folder. */
  leave(): Promise<void>
}

/** The folder of the sockets is short: their paths may have a hundred bytes. */
export function newDaemonUser(settings: NodeJS.ProcessEnv = {}): DaemonUser {
  const user = newUser(settings)
  const env = { ...user.env, SEMDEX_DAEMON_FOLDER: `${user.folder}/../d` }
  Object.assign(user.env, env)
  const configuration = loadConfiguration({ flags: {}, environment: env, workingDirectory: user.folder })
  const started = new Set<number>()
  return {
    ...user,
    configuration,
    place: daemonPlace(configuration.values),
    async startDaemon(...flags) {
      const { pid } = await user.json(['serve', '--daemon', ...flags])
      started.add(pid)
      return pid
    },
    async leave() {
      for (const pid of started) kill(pid, 'SIGKILL')
      user.remove()
    },
  }
}

export function isAlive(pid: number): boolean {
  return kill(pid, 0)
}

export function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** Waits until a process is gone. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** A request of HTTP over a daemon's socket. */
export function overSocket(socketPath: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const sent = request({ socketPath, path, headers }, async (response) => {
      let body = ''
      for await (const part of response.setEncoding('utf8')) body += part
      resolve({ status: response.statusCode, body })
    })
    sent.on('error', reject).end()
  })
}
