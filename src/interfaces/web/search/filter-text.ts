/** One test of a filter, as the command line takes it: `year>=1990`. */
type Test = Record<string, unknown>

const OPERATORS: Record<string, string> = {
  '=': '$eq',
  '!=': '$ne',
  '>': '$gt',
  '>=': '$gte',
  '<': '$lt',
  '<=': '$lte',
}

/**
 * What was typed as the path pattern and the tests of metadata, as one filter; undefined where both are empty. Tests are
 * those of the command line's `--filter`, several apart by semicolons; the pattern is its `--path-glob`.
 * @throws {FilterError}
 */
export function readFilter(where: string, path: string): { $and: Test[] } | undefined {
  const tests = where.trimStart().startsWith('{') ? [readJson(where)] : split(where).map(readTest)
  if (path.trim() !== '') tests.push({ $path: { $glob: absoluteGlob(path.trim()) } })
  return tests.length === 0 ? undefined : { $and: tests }
}

/** What is wrong with a filter, as a sentence. */
export class FilterError extends Error {}

/** Semicolons in quotes part nothing. */
function split(where: string): string[] {
  const parts = where.match(/(?:"[^"]*"|'[^']*'|[^;])+/g) ?? []
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function readTest(test: string): Test {
  const match = /^([^=<>!\s][^=<>!]*?)\s*(!=|>=|<=|=|>|<)\s*(.*)$/s.exec(test)
  if (!match) throw new FilterError(`“${test}” is no test: write lang=en, draft!=true or year>=1990.`)
  const [, key, operator, value] = match as unknown as [string, string, string, string]
  return { [key]: { [OPERATORS[operator] as string]: readValue(value) } }
}

function readJson(text: string): Test {
  try {
    return JSON.parse(text) as Test
  } catch {
    throw new FilterError('This begins like JSON and is none: {"lang": {"$in": ["en", "de"]}}')
  }
}

/** Numbers, true, false and null are what they look like; quotes make them text. */
function readValue(value: string): unknown {
  const quoted = /^(["'])(.*)\1$/s.exec(value)
  if (quoted) return quoted[2]
  if (value === 'null') return null
  if (value === 'true' || value === 'false') return value === 'true'
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) ? Number(value) : value
}

/** There is no working directory here: a pattern that does not begin at the root matches at any depth. */
function absoluteGlob(glob: string): string {
  const portable = glob.replaceAll('\\', '/')
  return /^(\/|[A-Z]:\/|\*\*)/.test(portable) ? portable : `**/${portable.replace(/^\.\//, '')}`
}
