export { applyEdits, modify, type ParseError, parse as parseJsonc, printParseErrorCode } from 'jsonc-parser'
export { parse as parseToml, stringify as stringifyToml } from 'smol-toml'
