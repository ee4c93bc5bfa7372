/**
 * Holds the import rules of .dependency-cruiser.mjs over the `src` of the folder given, or of the repository. Fails, too,
 * where the checker did not see every module: a checker that understands no TypeScript finds nothing wrong with it.
 */
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { fromRepository } from './support/paths.ts'

process.chdir(resolve(process.argv[2] ?? fromRepository()))
const problems = await findProblems()
for (const problem of problems) say(problem)
process.exitCode = problems.length === 0 ? 0 : 1

async function findProblems(): Promise<string[]> {
  const sources = listSources()
  if (sources.length === 0) return ['The checker saw no module.']
  const { modules, summary } = await cruiseSources()
  const seen = new Map(modules.map((module) => [module.source, module.dependencies.length]))
  const unseen = sources.filter((path) => !seen.has(path))
  const imports = sources.reduce((sum, path) => sum + (seen.get(path) ?? 0), 0)
  say(`${sources.length} modules, ${imports} imports, ${summary.violations.length} violations`)
  return [
    ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    ...unseen.map((path) => `The checker did not see ${path}.`),
    ...(imports === 0 ? ['The checker saw no import in any module.'] : []),
  ]
}

function listSources(): string[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  return files.filter((path) => /\.tsx?$/.test(path)).map((path) => `src/${path.replaceAll('\\', '/')}`)
}

async function cruiseSources(): Promise<ICruiseResult> {
  const file = pathToFileURL(resolve('.dependency-cruiser.mjs')).href
  const { options, ...ruleSet }: IFlattenedRuleSet & { options: ICruiseOptions } = (await import(file)).default
  const { output } = await cruise(['src'], { ...options, ruleSet, validate: true }, undefined, {
    tsConfig: extractTSConfig('tsconfig.json'),
  })
  if (typeof output === 'string') throw new Error(output)
  return output
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
