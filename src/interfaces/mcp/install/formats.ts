import {
  applyEdits,
  modify,
  type ParseError,
  parseJsonc,
  parseToml,
  printParseErrorCode,
  stringifyToml,
} from '../../../vendor/config-files.ts'
import type { Format } from './clients.ts'

export type Values = Record<string, unknown>

/** A server as a client starts it. */
export interface Entry extends Values {
  command: string
  args: string[]
}

interface TextFormat {
  /** An empty text is an empty configuration. @throws for any other that is not of the format */
  parse(text: string): unknown
  /** The text with this value at a path of two names, which may be there already. */
  insert(text: string, path: [string, string], value: Values): string
}

export const FORMATS: Record<Format, TextFormat> = {
  json: { parse: (text) => parseJson(text, false), insert: insertJson },
  jsonc: { parse: (text) => parseJson(text, true), insert: insertJson },
  toml: { parse: (text) => parseToml(text), insert: insertToml },
}

const BOM = '\uFEFF'

function parseJson(text: string, comments: boolean): unknown {
  const body = text.startsWith(BOM) ? text.slice(1) : text
  if (body.trim() === '') return {}
  const errors: ParseError[] = []
  const value = parseJsonc(body, errors, { disallowComments: !comments, allowTrailingComma: comments })
  const [first] = errors
  if (first) throw new Error(`line ${lineOf(body, first.offset)}: ${printParseErrorCode(first.error)}`)
  return value
}

function insertJson(text: string, path: [string, string], value: Values): string {
  const [prefix, body] = text.startsWith(BOM) ? [BOM, text.slice(1)] : ['', text]
  const written = body.trim() === '' ? '{}\n' : body
  const indent = /^([ \t]+)"/m.exec(written)?.[1] ?? '  '
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: written.includes('\r\n') ? '\r\n' : '\n',
  }
  return prefix + applyEdits(written, modify(written, path, value, { formattingOptions }))
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** A table of its own, in the place of the one that is there; its sub-tables stay where they are. */
function insertToml(text: string, [key, name]: [string, string], value: Values): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
  const header = new RegExp(`^\\s*\\[\\s*${key}\\s*\\.\\s*["']?${name}["']?\\s*\\]\\s*(#.*)?$`)
  const start = lines.findIndex((line) => header.test(line))
  const own = Object.fromEntries(Object.entries(value).filter(([, child]) => !isTable(child)))
  const table = [`[${key}.${name}]`, ...stringifyToml(own).trimEnd().split('\n')]
  const changed =
    start === -1
      ? [...lines, ...(lines.length > 0 ? [''] : []), ...table]
      : [...lines.slice(0, start), ...table, ...gap(lines, start), ...lines.slice(endOfTable(lines, start))]
  return changed.join(eol) + eol
}

const ANY_HEADER = /^\s*\[[^\]=,]+\]\]?\s*(#.*)?$/

function endOfTable(lines: readonly string[], start: number): number {
  const next = lines.findIndex((line, i) => i > start && ANY_HEADER.test(line))
  return next === -1 ? lines.length : next
}

/** The empty line before the table that follows, if any does. */
function gap(lines: readonly string[], start: number): string[] {
  return endOfTable(lines, start) < lines.length ? [''] : []
}

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
