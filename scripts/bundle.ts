/**
 * Packs what a cold search of the command line loads into one file: Node spends about half a millisecond on each module,
 * and a search has a hundred. The library stays as it was compiled.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { fromRepository } from './support/paths.ts'

const DIST = fromRepository('dist')
const CLI = join(DIST, 'interfaces/cli')
const BUNDLE = join(CLI, 'bundle')

/** What a search asks for by dynamic import; what these import statically belongs to the search too. */
const SEARCH_PATH = [
  'interfaces/cli/main.js',
  'interfaces/cli/perform.js',
  'interfaces/cli/commands/search.js',
  'operations/index-paths.js',
  'operations/search.js',
  'compose/storage.js',
  'compose/storage-module.js',
  'sqlite/session.js',
  'embedding/open-embedder.js',
  'embedding/local-engine.js',
  'embedding/runtimes/onnx/inline.js',
  'embedding/runtimes/onnx/optimised-copy.js',
]

export async function bundle(): Promise<void> {
  rmSync(BUNDLE, { recursive: true, force: true })
  const together = staticClosure(SEARCH_PATH.map((path) => join(DIST, path)))
  const packed = await rolldown({
    input: { main: join(CLI, 'main.js') },
    platform: 'node',
    checks: { ineffectiveDynamicImport: false },
    external: (id) => !/^[./]/.test(id) && !/^[A-Za-z]:/.test(id),
    plugins: [placeOfOrigin()],
  })
  await packed.write({
    dir: BUNDLE,
    format: 'esm',
    chunkFileNames: '[name].js',
    codeSplitting: { groups: [{ name: 'search', test: (id) => together.has(resolve(id)) }] },
  })
  await packed.close()
  writeFileSync(join(CLI, 'main.js'), "export { main } from './bundle/main.js'\n")
}

/** Modules find their workers and packages from where they were compiled to, not from the bundle. */
function placeOfOrigin(): Plugin {
  return {
    name: 'place-of-origin',
    transform(code, id) {
      const place = JSON.stringify(relative(BUNDLE, id).replaceAll('\\', '/'))
      return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`)
    },
  }
}

/** The files and all that they import statically. */
function staticClosure(roots: readonly string[]): Set<string> {
  const found = new Set<string>()
  const waiting = [...roots]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue
    found.add(file)
    const code = readFileSync(file, 'utf8')
    for (const [, path] of code.matchAll(/^(?:import|export)\s[^;]*?from\s*'(\.[^']+)'/gm)) {
      waiting.push(resolve(dirname(file), path as string))
    }
  }
  return found
}
