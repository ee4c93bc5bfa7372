/** Whether what a page shows is what a command printed: equal, but `…` stands for anything within a line, or for lines. */
export function matchesText(shown: string, printed: string): boolean {
  const pattern = shown
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.trim() === '…' ? '(?:.*\\n)*?.*' : line.trimEnd().split('…').map(escapeExpression).join('.*?'),
    )
  return new RegExp(`^${pattern.join('[ \\t]*\\n')}\\s*$`).test(printed.replaceAll('\r\n', '\n'))
}

/** The shape of a JSON value: keys and types, without the values; of a list, the shape of its first item. */
export function shapeOf(value: unknown): unknown {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object') return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, shapeOf(inner)]),
  )
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
