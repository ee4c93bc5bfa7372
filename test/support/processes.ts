import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'

export interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  cwd: string
  env?: NodeJS.ProcessEnv
  stdin?: string
  /** Milliseconds. Default 120,000. */
  timeout?: number
  shell?: boolean | string
  /** Runs as this user; only root may ask for it. */
  uid?: number
}

/** Runs a program to its end, whatever that is. Does not block the thread, so tests may run side by side. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { cwd, env, stdin = '', timeout = 120_000, shell = false, uid } = options
  const user = uid === undefined ? {} : { uid, gid: uid }
  const child = spawn(command, args, { cwd, env, timeout, shell, stdio: 'pipe', killSignal: 'SIGKILL', ...user })
  const ended: Ended = { status: null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ended.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ended.stderr += text
  })
  child.stdin.on('error', () => {}).end(stdin)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ ...ended, status }))
  })
}

/** The environment of a user who has nothing but a home folder, with this Node and these folders first on the PATH. */
export function userEnvironment(home: string, node: string, ...binFolders: string[]): NodeJS.ProcessEnv {
  const separator = process.platform === 'win32' ? ';' : ':'
  return {
    PATH: [...binFolders, dirname(node), process.env.PATH].join(separator),
    HOME: home,
    USERPROFILE: home,
    APPDATA: join(home, 'AppData/Roaming'),
    LOCALAPPDATA: join(home, 'AppData/Local'),
    SystemRoot: process.env.SystemRoot,
    TMPDIR: process.env.TMPDIR,
    TEMP: process.env.TEMP,
  }
}
