import { spawnSync } from 'node:child_process'
import type { Example } from '../../src/interfaces/http/openapi/examples.ts'
import { fromRepository, inModules } from '../support/paths.ts'

export const EXAMPLES_FILE = fromRepository('src/interfaces/http/openapi/examples.ts')
export const PAGE_FILE = fromRepository('docs/api.md')

/** src/interfaces/http/openapi/examples.ts, formatted. */
export function examplesSource(examples: Record<string, Example>): string {
  const source = `${HEAD}export const EXAMPLES: Record<string, Example> = ${JSON.stringify(examples)}\n`
  const biome = [inModules('@biomejs/biome/bin/biome'), 'format', '--stdin-file-path=examples.ts']
  const { stdout, status, stderr } = spawnSync(process.execPath, biome, { input: source, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

const HEAD = `/** One request and what was answered to it. */
export interface Example {
  parameters?: Record<string, string>
  query?: Record<string, unknown>
  body?: unknown
  status: number
  answer: unknown
}

/** By route, as a real server answered them; long lists are cut. Made by \`npm run docs:api\`. */
`
