const NUMBERS = new Intl.NumberFormat('en')
const AGO = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

export function count(n: number, one: string, many = `${one}s`): string {
  return `${NUMBERS.format(n)} ${n === 1 ? one : many}`
}

export function whole(n: number): string {
  return NUMBERS.format(n)
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** `2 hours ago`. */
export function ago(time: number, now = Date.now()): string {
  const [unit, size] = UNITS.find(([, each]) => now - time >= each) ?? ['second', 0]
  return size === 0 ? 'just now' : AGO.format(-Math.floor((now - time) / size), unit)
}

export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`
  return n < 1_000_000 ? `${Math.round(n / 1_000)} kB` : `${(n / 1_000_000).toFixed(1)} MB`
}

/** `12`, `12–18`. */
export function lineRange([from, to]: readonly [number, number]): string {
  return from === to ? `${from}` : `${from}–${to}`
}

/** The last part of a path, and what leads to it, with its slash. */
export function splitPath(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf('/') + 1
  return [path.slice(0, at), path.slice(at)]
}
