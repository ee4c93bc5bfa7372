/** JSON values as an indented outline: names without quotes, lists with dashes, and nothing for what is null. */
export function outline(value: unknown): string {
  return lines(value).join('\n') || 'Nothing.'
}

function lines(value: unknown): string[] {
  if (isPlainList(value)) return [value.join(', ')]
  if (Array.isArray(value)) return value.flatMap(item)
  if (isObject(value)) return Object.entries(value).flatMap(([name, child]) => member(name, child))
  return String(value).split('\n')
}

/** On the name's line where it has one line, else below it. */
function member(name: string, child: unknown): string[] {
  if (child === null || child === undefined) return []
  if (isEmpty(child)) return [`${name}: none`]
  const [first = '', ...rest] = lines(child)
  const isBelow = isObject(child) || rest.length > 0 || (Array.isArray(child) && !isPlainList(child))
  return isBelow ? [`${name}:`, ...[first, ...rest].map(indent)] : [`${name}: ${first}`]
}

/** The first line of an entry has the dash, the others stand below it. */
function item(child: unknown): string[] {
  const [first = '', ...rest] = lines(child)
  return [`- ${first}`, ...rest.map(indent)]
}

/** Short words and numbers stand on one line. */
function isPlainList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.every((each) => typeof each !== 'object' && /^.{0,40}$/.test(String(each)))
}

function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function indent(line: string): string {
  return `  ${line}`
}
