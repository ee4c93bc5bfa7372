/** Lines of context around a change. */
const CONTEXT = 2

/** A change of one place: the lines that go with `-`, those that come with `+`, and some around them. */
export function changedLines(before: string, after: string): string[] {
  const [old, fresh] = [toLines(before), toLines(after)]
  const start = commonStart(old, fresh)
  const end = commonStart(old.slice(start).reverse(), fresh.slice(start).reverse())
  const signed = (sign: string, lines: readonly string[]) => lines.map((line) => `${sign}${line}`)
  return [
    ...signed(' ', old.slice(Math.max(0, start - CONTEXT), start)),
    ...signed('-', old.slice(start, old.length - end)),
    ...signed('+', fresh.slice(start, fresh.length - end)),
    ...signed(' ', old.slice(old.length - end).slice(0, CONTEXT)),
  ]
}

function toLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

function commonStart(one: readonly string[], other: readonly string[]): number {
  let length = 0
  while (length < one.length && length < other.length && one[length] === other[length]) length++
  return length
}
