import type { DescribedOperation } from '../openapi/shapes.ts'

/** The command of a route's example; of one without an example, with its parameters as they are named. */
export function curl(
  { method, path, parameters = [], requestBody }: DescribedOperation & { method: string; path: string },
  origin: string,
): string {
  const values = new Map(parameters.map(({ name, example, schema }) => [name, example ?? schema?.example]))
  const filled = path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values.get(name)
    return value === undefined ? whole : encodeURIComponent(String(value))
  })
  const query = parameters.filter(({ in: place, example }) => place === 'query' && example !== undefined)
  const search = query
    .flatMap(({ name, example }) => asList(example).map((each) => `${name}=${encode(each)}`))
    .join('&')
  const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}'${origin}${filled}${search ? `?${search}` : ''}'`,
    ...(type ? [`  -H 'content-type: ${type}'`] : []),
    ...(media?.example === undefined
      ? []
      : [`  ${typeof media.example === 'string' ? '--data-binary' : '-d'} '${quoted(media.example)}'`]),
  ]
  return lines.join(' \\\n')
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

function encode(value: unknown): string {
  return encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

/** Within single quotes of a shell. */
function quoted(example: unknown): string {
  return (typeof example === 'string' ? example : JSON.stringify(example)).replaceAll("'", `'\\''`)
}
