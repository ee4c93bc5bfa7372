import { resolve } from 'node:path'
import { SemdexError } from '../../core/errors.ts'
import { type Condition, type Filter, type FilterValue, parseFilter } from '../../core/filter.ts'
import { portablePath } from '../../core/text.ts'

/**
 * `--filter` and `--path-glob` as one filter: all tests and one of the globs must hold.
 * @throws {SemdexError} `INVALID_INPUT`
 */
export function filterFrom(tests: readonly string[], globs: readonly string[]): Filter {
  const parts: Filter[] = tests.map(readTest)
  if (globs.length > 0) parts.push({ $or: globs.map((glob) => ({ $path: { $glob: absoluteGlob(glob) } })) })
  const filter = { $and: parts }
  parseFilter(filter)
  return filter
}

const OPERATORS: Record<string, keyof Condition> = {
  '=': '$eq',
  '!=': '$ne',
  '>': '$gt',
  '>=': '$gte',
  '<': '$lt',
  '<=': '$lte',
}

function readTest(test: string): Filter {
  if (test.trimStart().startsWith('{')) return readJson(test)
  const match = /^([^=<>!\s][^=<>!]*?)\s*(!=|>=|<=|=|>|<)\s*(.*)$/s.exec(test)
  if (!match) {
    throw new SemdexError('INVALID_INPUT', {
      message: `--filter does not understand ${test}.`,
      fix: 'key=value, key!=value, key>=3, or JSON: {"lang": {"$in": ["en", "de"]}}',
      details: { field: 'filter' },
    })
  }
  const [, key, operator, value] = match as unknown as [string, string, string, string]
  return { [key]: { [OPERATORS[operator] as string]: readValue(value) } }
}

function readJson(test: string): Filter {
  try {
    return JSON.parse(test) as Filter
  } catch (cause) {
    throw new SemdexError('INVALID_INPUT', {
      message: `--filter is not JSON: ${(cause as Error).message}`,
      cause,
      details: { field: 'filter' },
    })
  }
}

/** Numbers, true, false and null are what they look like; quotes make them text. */
function readValue(value: string): FilterValue {
  const quoted = /^(["'])(.*)\1$/s.exec(value)
  if (quoted) return quoted[2] as string
  if (value === 'null') return null
  if (value === 'true' || value === 'false') return value === 'true'
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) ? Number(value) : value
}

/** `./…` and `../…` start at the working directory, other relative globs match at any depth. */
function absoluteGlob(glob: string): string {
  const portable = portablePath(glob)
  if (/^(\/|[A-Z]:\/|\*\*)/.test(portable)) return portable
  return /^\.\.?\//.test(portable) ? portablePath(resolve(portable)) : `**/${portable}`
}
