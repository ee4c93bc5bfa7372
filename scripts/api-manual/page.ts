import { curl } from '../../src/interfaces/http/docs/curl.ts'
import { fieldsOf, typeOf } from '../../src/interfaces/http/docs/schema-text.ts'
import type { DescribedOperation, OpenApiDocument } from '../../src/interfaces/http/openapi/shapes.ts'
import { WITHOUT_EXAMPLE } from './scenario.ts'

interface Route extends DescribedOperation {
  method: string
  path: string
}

/** docs/api.md, made from /openapi.json and the examples in it. */
export function apiPage(document: OpenApiDocument): string {
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  )
  const groups = document.tags.map(({ name, description }) => {
    const own = routes.filter(({ tags }) => tags.includes(name))
    const byName = own.every(({ path }) => path.startsWith('/api/operations/'))
    return [
      `## ${name}`,
      description,
      ...(byName ? [table(own, document)] : own.map((route) => section(route, document))),
    ]
  })
  return `${[INTRODUCTION, ...groups.flat()].join('\n\n')}\n`
}

function section(route: Route, document: OpenApiDocument): string {
  const { method, path, summary, description, responses } = route
  const name = `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
  const [status, answer] = Object.entries(responses).find(([code]) => Number(code) < 300) ?? []
  const example = Object.values(answer?.content ?? {})[0]?.example
  const reason = WITHOUT_EXAMPLE[name]
  return [
    `### ${method} ${path}`,
    `${summary} ${description}`,
    inputTable(route, document),
    ...(reason ? [`(No example: ${reason}.)`] : [fence('text', curl(route, 'http://127.0.0.1:7333'))]),
    ...(example === undefined ? [] : [`Answers ${status}:`, shown(example)]),
    `Errors: ${failures(route)}.`,
  ]
    .filter(Boolean)
    .join('\n\n')
}

function shown(example: unknown): string {
  return typeof example === 'string' ? fence('text', example.trimEnd()) : fence('json', compact(example))
}

/** JSON with what fits on a line on one line. */
function compact(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= 100) return spaced(value)
  const inner = `${indent}  `
  if (Array.isArray(value))
    return `[\n${value.map((each) => `${inner}${compact(each, inner)}`).join(',\n')}\n${indent}]`
  const entries = Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${compact(each, inner)}`)
  return `{\n${entries.join(',\n')}\n${indent}}`
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${spaced(each)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

function inputTable({ parameters = [], requestBody }: Route, document: OpenApiDocument): string {
  const given = parameters.map(({ name, in: place, required, description = '', schema, content }) => {
    const type = typeOf(schema ?? Object.values(content ?? {})[0]?.schema ?? {})
    return [name, `${place}${required ? '' : ', optional'}`, type, description]
  })
  const bodies = Object.values(requestBody?.content ?? {}).slice(0, 1)
  const fields = bodies.flatMap(({ schema }) =>
    fieldsOf(schema, document).map(({ name, required, type, description }) => {
      return [name, `body${required ? '' : ', optional'}`, type, description]
    }),
  )
  const rows = [...given, ...fields]
  return rows.length === 0 ? '' : markdownTable(['field', 'where', 'type', 'what it is'], rows.map(codeFirst))
}

function codeFirst([name = '', ...rest]: readonly string[]): string[] {
  return [`\`${name}\``, ...rest]
}

/** `404 COLLECTION_NOT_FOUND`: those that are a route's own; what every route may answer is said once, above. */
function failures({ responses }: Route): string {
  const own = Object.entries(responses).flatMap(([status, { description }]) => {
    const codes = Number(status) < 400 ? [] : description.split(', ').filter((code) => !EVERYWHERE.includes(code))
    return codes.length > 0 ? [`${status} ${codes.join(' ')}`] : []
  })
  return own.length > 0 ? own.join(', ') : 'those of every route'
}

const EVERYWHERE = [
  ...['ORIGIN_REFUSED', 'SERVER_CLOSING', 'INTERNAL', 'KEY_INVALID', 'ACCESS_DENIED', 'RATE_LIMITED', 'SERVER_BUSY'],
  ...[
    'TIMEOUT',
    'INVALID_INPUT',
    'BODY_TOO_LARGE',
    'MEDIA_TYPE_UNSUPPORTED',
    'PATH_UNREADABLE',
    'STORE_CLOSED',
    'DISK_FULL',
  ],
  ...['DATABASE_NEWER', 'DATABASE_CORRUPT', 'DATABASE_READ_ONLY', 'DATABASE_BUSY', 'DATABASE_FOREIGN'],
]

function table(routes: readonly Route[], _document: OpenApiDocument): string {
  const rows = routes.map(({ method, path, summary, 'x-access': access }) => [
    `\`${method} ${path}\``,
    summary,
    access ?? 'open',
  ])
  return markdownTable(['route', 'what it does', 'scope'], rows)
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}

const INTRODUCTION = `# The HTTP API

\`semdex serve\` answers at http://127.0.0.1:7333. This page is made by \`npm run docs:api\` from the tables and schemas that the server itself works by, and its answers are a real server's. A running server shows the same at /docs, and for programs at /openapi.json (OpenAPI 3.1).

- **Input.** Path, query string and body together are the input; saying a field twice is an error, as is a field that there is not. In a query string, lists are repeated (\`lines=3&lines=9\`) and objects are JSON.
- **Errors** are \`{"error": {"code", "message", "fix", "details", "requestId"}}\`. Codes are stable, sentences may change; \`details.field\` names what was wrong. The status says whose fault it is: 4xx the request's, 503 what another time may work (with \`retry-after\`), 500 a bug. Every route may answer 400 INVALID_INPUT, 401 KEY_INVALID, 403 ACCESS_DENIED, 403 ORIGIN_REFUSED, 413 BODY_TOO_LARGE, 415 MEDIA_TYPE_UNSUPPORTED, 429 RATE_LIMITED, 500 INTERNAL, 503 SERVER_BUSY, TIMEOUT and SERVER_CLOSING, and what the database cannot do (503 DATABASE_BUSY and others, 507 DISK_FULL); the sections name what they add.
- **Keys.** Without keys the server answers this machine alone, and may do everything. \`semdex keys create\` makes keys with the scopes read, write and admin; from the first on every request carries one: \`authorization: Bearer <key>\`. Each section names the scope that it needs; admin includes write, which includes read.
- **Filters** test metadata: \`{"lang": "en", "year": {"$gte": 1957}}\`. Keys are fields (\`author.name\` for inner ones), \`$path\` or \`$id\`; \`$and\` and \`$or\` take lists of filters, \`$not\` one. Tests are \`$eq $ne $gt $gte $lt $lte $in $nin $exists $glob $under\`. A field that is a list passes where one of its elements does; types are never converted.
- **TypeScript.** \`semdex/client\` has every operation as a method, for browsers and programs: \`connect({ url }).search({ query })\`.

The paths of models' folders are not addressable: \`/api/models/{model}\` takes names. Ids of documents are encoded (\`%2Fhome%2Fada%2Fnotes%2Fbread.md\`); \`/api/document\` takes them, paths and ids of passages in the query string.`
