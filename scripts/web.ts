/** Builds the web page into `dist/interfaces/web`, with the licences of what is packed into it. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { licensesOf } from './support/licenses.ts'
import { fromRepository } from './support/paths.ts'

const SOURCES = fromRepository('src/interfaces/web')
const OUTPUT = fromRepository('dist/interfaces/web')

/** A server that runs while its page is built must find the old one or the new one: what is old goes last. */
export async function buildWeb(): Promise<void> {
  const old = existsSync(OUTPUT) ? readdirSync(OUTPUT, { recursive: true, encoding: 'utf8' }) : []
  const built = await build({
    root: SOURCES,
    base: './',
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: OUTPUT,
      emptyOutDir: false,
      target: 'es2023',
      cssTarget: 'chrome125',
      assetsInlineLimit: 0,
      modulePreload: false,
    },
  })
  if (!('output' in built)) throw new Error('Vite built more than one page.')
  const fresh = new Set(built.output.map(({ fileName }) => fileName))
  const modules = built.output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
  mkdirSync(OUTPUT, { recursive: true })
  writeFileSync(join(OUTPUT, 'LICENSES.txt'), licensesOf(modules))
  for (const name of old.map((each) => each.replaceAll('\\', '/'))) {
    if (/\.\w+$/.test(name) && !fresh.has(name) && name !== 'LICENSES.txt') rmSync(join(OUTPUT, name))
  }
}
