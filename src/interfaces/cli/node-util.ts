/**
 * `node:util` as `require` gives it. An ESM import of a module of Node's reads all that it exports, and what `node:util`
 * makes only on demand (diff, TextDecoder, colours) costs a cold start half of an empty Node.
 */
export const { parseArgs, stripVTControlCharacters, styleText } = process.getBuiltinModule('node:util')
