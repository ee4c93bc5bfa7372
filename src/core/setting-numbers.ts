import type { Setting } from './setting.ts'

type Numbers = Pick<Setting, 'names' | 'minimum' | 'maximum'>

/** Numbers by name. Null where one is none or not within the range, or has a name that there is not. */
export function toNumbers(setting: Numbers, raw: unknown): Record<string, number> | null {
  const entries = entriesOf(raw)
  if (entries === null) return null
  const values = entries.map(([name, value]) => [name, toNumber(value)] as const)
  const isRight = values.every(([name, value]) => isNamed(setting, name) && isWithin(setting, value))
  return isRight ? (Object.fromEntries(values) as Record<string, number>) : null
}

/** What is written as a number as one; all else as it is. */
export function toNumber(raw: unknown): unknown {
  return typeof raw === 'string' && /^-?(\d+\.?\d*|\.\d+)$/.test(raw) ? Number(raw) : raw
}

export function isWithin(
  { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: Numbers,
  value: unknown,
) {
  return typeof value === 'number' && value >= minimum && value <= maximum
}

/** `from 0 to 1`, with the names that there are. */
export function namedRange({ minimum, maximum, names }: Numbers): string {
  return `from ${minimum} to ${maximum}${names ? ` for ${names.join(', ')}` : ''}`
}

function entriesOf(raw: unknown): [string, unknown][] | null {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return Object.entries(raw)
  if (typeof raw !== 'string') return null
  const parts = raw.split(',').filter((part) => part.trim() !== '')
  return parts.map((part) => {
    const at = part.indexOf('=')
    return [part.slice(0, Math.max(0, at)).trim(), part.slice(at + 1).trim()]
  })
}

function isNamed({ names }: Numbers, name: string): boolean {
  return name !== '' && (names?.includes(name) ?? true)
}
