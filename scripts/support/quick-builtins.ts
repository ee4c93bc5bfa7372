import type { Plugin } from 'rolldown'

/** Modules of Node's that make some of what they export only on demand: fetch and WebSocket, webcrypto, diff. */
const SLOW = 'http|https|http2|crypto|util'
const IMPORT = new RegExp(`^import (?:(\\w+|\\{[^}]*\\})|\\* as (\\w+)) from (["'](?:node:)?(?:${SLOW})["']);`, 'gm')

/**
 * Has packed code take these modules as `require` gives them: an ESM import reads all that a module exports, and of
 * `node:http` that costs as much as an empty Node.
 */
export function quickBuiltins(): Plugin {
  return {
    name: 'quick-builtins',
    renderChunk: (code) =>
      code.replace(IMPORT, (_, names: string | undefined, all: string | undefined, id: string) => {
        const binding = all ?? names?.replaceAll(' as ', ': ')
        return `const ${binding} = process.getBuiltinModule(${id});`
      }),
  }
}

/** Semdex's server speaks HTTP/1.1: what its adapter asks of HTTP/2 is never there, and would take as long as HTTP to load. */
export function withoutHttp2(): Plugin {
  const stub = '\0no-http2'
  return {
    name: 'without-http2',
    resolveId: (id, importer) => (id === 'node:http2' && importer?.includes('@hono') ? stub : null),
    load: (id) =>
      id === stub ? 'export class Http2ServerRequest {}\nexport const constants = { NGHTTP2_NO_ERROR: 0 }\n' : null,
  }
}
