import type { Outcome } from './entry.ts'

/** How much a number may differ: the model's arithmetic depends on how many threads share it. */
const TOLERANCE = 1e-4

/** Where two outcomes differ, as `hits.0.score: 1 is not 2`; empty where they are the same. */
export function differences(expected: Outcome, actual: Outcome, varies: readonly string[] = []): string[] {
  return compare(toJson(expected), toJson(actual), { path: [], varies: new Set(varies) })
}

interface At {
  path: readonly string[]
  varies: ReadonlySet<string>
}

function compare(expected: unknown, actual: unknown, at: At): string[] {
  const differ = [`${at.path.join('.')}: ${shown(actual)} is not ${shown(expected)}`]
  const isFree = at.path.some((key) => at.varies.has(key))
  if (isFree && (expected === null || actual === null)) return []
  if (kindOf(expected) !== kindOf(actual)) return differ
  if (isRecord(expected)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual as object)])]
    const child = (key: string) => compare(expected[key], (actual as typeof expected)[key], below(at, key))
    return keys.flatMap(child)
  }
  if (Array.isArray(expected)) {
    const list = actual as unknown[]
    if (expected.length !== list.length) return [`${at.path.join('.')}: ${list.length} items, not ${expected.length}`]
    return expected.flatMap((item, i) => compare(item, list[i], below(at, String(i))))
  }
  if (isFree) return []
  const isSame =
    typeof expected === 'number' ? Math.abs(expected - (actual as number)) <= TOLERANCE : expected === actual
  return isSame ? [] : differ
}

function below({ path, varies }: At, key: string): At {
  return { path: [...path, key], varies }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return kindOf(value) === 'object'
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 200) ?? String(value)
}

/** As JSON says it; typed arrays are lists of numbers. */
export function toJson<T>(value: T): T {
  const asList = (_: string, part: unknown) =>
    ArrayBuffer.isView(part) ? Array.from(part as unknown as ArrayLike<number>) : part
  return JSON.parse(JSON.stringify(value, asList))
}
