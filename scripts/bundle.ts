/**
 * Packs what a cold search of the command line loads into one file: Node spends about half a millisecond on each module,
 * and a search has a hundred. What a server needs before it listens is another file, and what asks a daemon is a third. The
 * library stays as it was compiled, but for what threads run: each becomes one file.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { fromRepository } from './support/paths.ts'
import { quickBuiltins } from './support/quick-builtins.ts'

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

const ASKS_DAEMON = 'interfaces/cli/daemon/use.js'
const SERVES = 'interfaces/server/serve.js'

const THREADS = [
  'compose/storage-thread.js',
  'embedding/cache/disk-thread.js',
  'embedding/reranking/worker.js',
  'embedding/runtimes/onnx/worker.js',
  'embedding/runtimes/static/worker.js',
]

/** Without white space alone: names stay as they are, for stack traces. */
const PLAIN = { compress: false, mangle: false, codegen: { removeWhitespace: true } } as const

export async function bundle(): Promise<void> {
  await bundleCommandLine()
  for (const path of THREADS) await bundleThread(join(DIST, path))
}

/** A thread starts anew with each load of a model or a database, and finds nothing in memory that was loaded before. */
async function bundleThread(file: string): Promise<void> {
  const packed = await rolldown({
    input: file,
    platform: 'node',
    external: isPackage,
    plugins: [placeOfOrigin(dirname(file)), quickBuiltins()],
  })
  await packed.write({ file, format: 'esm', codeSplitting: false, minify: PLAIN })
  await packed.close()
}

async function bundleCommandLine(): Promise<void> {
  rmSync(BUNDLE, { recursive: true, force: true })
  const [search, daemon, serve] = [SEARCH_PATH, [ASKS_DAEMON], [SERVES]].map(staticClosure) as [Group, Group, Group]
  const packed = await rolldown({
    input: { main: join(CLI, 'main.js') },
    platform: 'node',
    checks: { ineffectiveDynamicImport: false },
    preserveEntrySignatures: 'allow-extension',
    external: isPackage,
    plugins: [placeOfOrigin(BUNDLE), vendorsApart(), quickBuiltins()],
  })
  await packed.write({
    dir: BUNDLE,
    format: 'esm',
    minify: PLAIN,
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        { name: 'search', priority: 3, test: (id) => search.has(resolve(id)) },
        { name: 'daemon', priority: 2, test: (id) => daemon.has(resolve(id)) },
        {
          name: 'serve',
          priority: 1,
          test: (id) => serve.has(resolve(id)) && /interfaces[/\\](http|server)[/\\]/.test(id),
          // What other verbs use of it as well stays apart: they would load a server.
          includeDependenciesRecursively: false,
        },
      ],
    },
  })
  await packed.close()
  writeFileSync(join(CLI, 'main.js'), "export { main } from './bundle/main.js'\n")
}

function isPackage(id: string): boolean {
  return !/^[./]/.test(id) && !/^[A-Za-z]:/.test(id)
}

/** Modules find their workers and packages from where they were compiled to, not from the bundle's folder. */
function placeOfOrigin(folder: string): Plugin {
  return {
    name: 'place-of-origin',
    transform(code, id) {
      const place = JSON.stringify(relative(folder, id).replaceAll('\\', '/'))
      return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`)
    },
  }
}

/** Packed libraries are used where they are. */
function vendorsApart(): Plugin {
  return {
    name: 'vendors-apart',
    resolveId(id, importer) {
      if (!importer || !id.startsWith('.')) return null
      const path = resolve(dirname(importer), id)
      if (dirname(path) !== join(DIST, 'vendor')) return null
      return { id: relative(BUNDLE, path).replaceAll('\\', '/'), external: true }
    },
  }
}

type Group = Set<string>

/** The files and all that they import statically. */
function staticClosure(roots: readonly string[]): Group {
  const found = new Set<string>()
  const waiting = roots.map((path) => join(DIST, path))
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue
    found.add(file)
    const code = readFileSync(file, 'utf8')
    for (const [, path] of code.matchAll(/^(?:import|export)\s[^;]*?from\s*["'](\.[^"']+)["']/gm)) {
      waiting.push(resolve(dirname(file), path as string))
    }
  }
  return found
}
