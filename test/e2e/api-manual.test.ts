import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { EXAMPLES_FILE, examplesSource, PAGE_FILE } from '../../scripts/api-manual/files.ts'
import { apiPage } from '../../scripts/api-manual/page.ts'
import { record } from '../../scripts/api-manual/record.ts'
import { WITHOUT_EXAMPLE } from '../../scripts/api-manual/scenario.ts'
import { openApiDocument } from '../../src/interfaces/http/openapi/document.ts'
import { EXAMPLES, type Example } from '../../src/interfaces/http/openapi/examples.ts'
import { describeRoutes } from '../../src/interfaces/http/openapi/routes.ts'
import { shapeOf } from '../docs/support/compare.ts'

describe('docs/api.md and the examples of /openapi.json are current (npm run docs:api makes them)', () => {
  let recorded: Record<string, Example>
  beforeAll(async () => {
    recorded = await record()
  }, 300_000)

  test('the page is what the tables, the schemas and the examples make', async () => {
    expect(readFileSync(PAGE_FILE, 'utf8')).toBe(apiPage(await openApiDocument('')))
  })

  test('every route has an example, or a reason to have none', async () => {
    const routes = (await describeRoutes()).map(({ method, path }) => `${method} ${path}`)
    const shown = [...Object.keys(EXAMPLES), ...Object.keys(WITHOUT_EXAMPLE)]
    expect(shown.sort()).toEqual(routes.sort())
  })

  test('a real server answers what is shown, but for what its machine decides', () => {
    for (const [route, example] of Object.entries(recorded)) {
      expect({ route, ...comparable(route, example) }).toEqual({
        route,
        ...comparable(route, EXAMPLES[route] as Example),
      })
    }
  })

  test('the file of examples is made and formatted by the script', () => {
    expect(readFileSync(EXAMPLES_FILE, 'utf8')).toBe(examplesSource(EXAMPLES))
  })
})

/** Their values are the machine's: of these the shapes are compared. */
const OF_THE_MACHINE = [
  'POST /api/bench/embed',
  'POST /api/doctor',
  'GET /api/config',
  'GET /api/metrics',
  'POST /api/backups',
  'POST /api/backups/verify',
  'GET /api/backups',
  'POST /api/compact',
  'POST /api/migrations/plan',
]

function comparable(route: string, { answer, ...request }: Example): object {
  const shown = OF_THE_MACHINE.includes(route) ? shapeOf(answer) : withoutMeasurements(answer)
  return { ...request, answer: shown }
}

/** Times and what a processor rounds are numbers alone; digits in texts are one digit. */
function withoutMeasurements(value: unknown, name = ''): unknown {
  if (typeof value === 'number')
    return Number.isInteger(value) && !/_ms$|At$|^created|bytes/i.test(name) && !TIMINGS.has(name) ? value : 'number'
  if (typeof value === 'string') return /^\d|\n/.test(value) ? value.replaceAll(/[\d.e-]+/g, '0') : value
  if (Array.isArray(value))
    return value.every((each) => typeof each === 'number')
      ? value.map(() => 'number')
      : value.map((each) => withoutMeasurements(each, name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutMeasurements(each, key)]))
}

const TIMINGS = new Set([
  'total',
  'load',
  'embed',
  'vector',
  'lexical',
  'elapsed',
  'index',
  'search',
  'p50',
  'p95',
  'seconds',
  'textsPerSecond',
  'revision',
  'at',
  'bm25',
  'z',
])
