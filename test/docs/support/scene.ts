import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { inRepository } from '../../support/assets.ts'
import { type Ended, run, userEnvironment } from '../../support/processes.ts'

/**
 * A user's folder: the notes and code of test/docs/scene, a copy of docs/, an empty home, the built package in node_modules
 * beside OpenAI's client, and `semdex` on the PATH.
 */
export class Scene {
  readonly folder: string
  readonly #home: string
  #startsDaemon = false

  constructor() {
    const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'semdex-docs-')))
    this.folder = join(temporary, 'work')
    this.#home = join(temporary, 'home')
    mkdirSync(this.#home)
    cpSync(inRepository('test/docs/scene'), this.folder, { recursive: true })
    cpSync(inRepository('docs'), join(this.folder, 'docs'), { recursive: true })
    this.write('package.json', '{ "private": true, "type": "module" }\n')
    mkdirSync(join(this.folder, 'node_modules/.bin'), { recursive: true })
    symlinkSync(inRepository('.'), join(this.folder, 'node_modules/semdex'), 'junction')
    symlinkSync(inRepository('node_modules/openai'), join(this.folder, 'node_modules/openai'), 'junction')
    const binary = inRepository('dist/interfaces/cli/bin.js').replaceAll('\\', '/')
    this.write('node_modules/.bin/semdex', `#!/bin/sh\nexec node "${binary}" "$@"\n`)
    chmodSync(join(this.folder, 'node_modules/.bin/semdex'), 0o755)
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.folder, path, '..'), { recursive: true })
    writeFileSync(join(this.folder, path), text)
  }

  /** As a script of bash that stops at the first failure. */
  shell(code: string): Promise<Ended> {
    this.#startsDaemon ||= code.includes('serve --daemon')
    return run('bash', ['-euo', 'pipefail', '-c', code], { cwd: this.folder, env: this.#environment() })
  }

  /** Under the Node that runs the tests; TypeScript loses its types, of which Node 22 warns. */
  node(path: string, ...args: string[]): Promise<Ended> {
    return run(process.execPath, ['--disable-warning=ExperimentalWarning', path, ...args], {
      cwd: this.folder,
      env: this.#environment(),
    })
  }

  /** A page that fails in its middle has not ended what it began. */
  close(): void {
    if (this.#startsDaemon) {
      const stop = [inRepository('dist/interfaces/cli/bin.js'), 'serve', '--stop']
      spawnSync(process.execPath, stop, { cwd: this.folder, env: this.#environment() })
    }
    rmSync(join(this.folder, '..'), { recursive: true, force: true, maxRetries: 5 })
  }

  #environment(): NodeJS.ProcessEnv {
    const env = userEnvironment(this.#home, process.execPath, join(this.folder, 'node_modules/.bin'))
    return { ...env, PATH: env.PATH?.replaceAll(`${delimiter}${delimiter}`, delimiter) }
  }
}
