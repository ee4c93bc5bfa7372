import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { portablePath } from '../../src/core/text.ts'
import { inRepository } from './assets.ts'
import { type Ended, run, userEnvironment } from './processes.ts'

export const BINARY = inRepository('dist/interfaces/cli/bin.js')

/** A user with an empty home folder and nothing else, who runs the built binary. */
export interface User {
  /** The working directory; its path is real and portable. */
  folder: string
  database: string
  env: NodeJS.ProcessEnv
  semdex(args: readonly string[], options?: CallOptions): Promise<Ended>
  /** The JSON on stdout of a run that must end with 0. */
  // biome-ignore lint/suspicious/noExplicitAny: what it answers is what the tests look at.
  json(args: readonly string[], options?: CallOptions): Promise<any>
  start(args: readonly string[]): ReturnType<typeof spawn>
  write(files: Record<string, string | Uint8Array>): void
  remove(): void
}

interface CallOptions {
  timeout?: number
  stdin?: string
  env?: NodeJS.ProcessEnv
  uid?: number
}

/** Files that can be made again are shared by all tests of a process: only the first loads the model slowly. */
const CACHE = mkdtempSync(join(tmpdir(), 'semdex-e2e-cache-'))

export function newUser(settings: NodeJS.ProcessEnv = {}): User {
  const home = portablePath(realpathSync(mkdtempSync(join(tmpdir(), 'semdex-e2e-'))))
  const folder = `${home}/work`
  mkdirSync(folder)
  const database = `${home}/db/semdex.db`
  const env = {
    ...userEnvironment(home, process.execPath),
    SEMDEX_DB: database,
    SEMDEX_CACHE: CACHE,
    SEMDEX_WORKERS: '1',
    ...settings,
  }
  const semdex: User['semdex'] = (args, { env: more, ...options } = {}) =>
    run(process.execPath, [BINARY, ...args], { cwd: folder, env: { ...env, ...more }, ...options })
  return {
    folder,
    database,
    env,
    semdex,
    async json(args, options) {
      const { status, stdout, stderr } = await semdex(['--json', ...args], options)
      if (status !== 0) throw new Error(`semdex ${args.join(' ')} ended with ${status}: ${stderr}`)
      return JSON.parse(stdout)
    },
    start: (args) => spawn(process.execPath, [BINARY, ...args], { cwd: folder, env }),
    write(files) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), content)
      }
    },
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 3 }),
  }
}

const LOCK = inRepository('node_modules/.cache/semdex/build.lock')

/** Builds where a source is younger than the binary. One process builds, the others wait for it. */
export async function build(): Promise<void> {
  mkdirSync(dirname(LOCK), { recursive: true })
  while (!takeLock()) await new Promise((resolve) => setTimeout(resolve, 200))
  try {
    if (!isStale()) return
    const { stdout, stderr } = await run(process.execPath, ['scripts/build.ts'], { cwd: inRepository('.') })
    if (!existsSync(BINARY)) throw new Error(`The build made no binary:\n${stdout}${stderr}`)
  } finally {
    rmSync(LOCK, { recursive: true, force: true })
  }
}

function takeLock(): boolean {
  if (existsSync(LOCK) && Date.now() - statSync(LOCK).mtimeMs > 120_000) rmSync(LOCK, { recursive: true, force: true })
  try {
    mkdirSync(LOCK)
    return true
  } catch {
    return false
  }
}

function isStale(): boolean {
  if (!existsSync(BINARY)) return true
  const all = readdirSync(inRepository('src'), { recursive: true, encoding: 'utf8' })
  const sources = all.filter((name) => name.endsWith('.ts') && !isOfPage(name))
  if (isPageStale(all.filter(isOfPage))) return true
  // Not every module has a file of its own: what is packed is dropped.
  const built = statSync(BINARY).mtimeMs
  return sources.some((name) => statSync(inRepository(`src/${name}`)).mtimeMs > built)
}

function isOfPage(name: string): boolean {
  return name.replaceAll('\\', '/').startsWith('interfaces/web/')
}

function isPageStale(sources: readonly string[]): boolean {
  const built = inRepository('dist/interfaces/web/index.html')
  if (!existsSync(built)) return true
  return sources.some((name) => statSync(inRepository(`src/${name}`)).mtimeMs > statSync(built).mtimeMs)
}
