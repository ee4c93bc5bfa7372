import type { IndexEstimate } from '../../../ingestion/dry-run.ts'
import type { IndexReport } from '../../../ingestion/report.ts'
import { EXIT } from '../exit-codes.ts'
import { keepHeapsSmall } from '../small-heaps.ts'
import type { Call } from '../verb.ts'
import { existingPaths } from './paths.ts'

export async function indexCommand(call: Call): Promise<number> {
  const { flags } = call
  const paths = await existingPaths(call.positionals)
  const { collection, model, force } = flags
  const input = { paths, collection, model, codeModel: flags['code-model'], force }
  return flags['dry-run'] ? plan(call, input) : index(call, input)
}

type Input = { paths: string[] } & Record<string, unknown>

async function index(call: Call, input: Input): Promise<number> {
  const { output, parts } = call
  const since = Date.now()
  await keepHeapsSmall()
  const answer = await call.run('index', input, { threads: true })
  const reports = answer.reports as IndexReport[]
  call.endProgress()
  tell(call, reports)
  if (output.json) await output.data(`${JSON.stringify(answer)}\n`)
  else await output.data((await import('../render/index-report.ts')).renderReports(reports, output))
  if (reports.some(({ added, changed }) => added + changed > 0)) {
    const { warnAboutLanguage } = await import('../language.ts')
    await warnAboutLanguage(parts, reports, since, output)
  }
  return reports.some(({ failed }) => failed > 0) ? EXIT.partlyFailed : EXIT.ok
}

async function plan(call: Call, input: Input): Promise<number> {
  const { output } = call
  const paths = input.paths.length > 0 ? input.paths : await knownRoots(call)
  const answer = paths.length > 0 ? await call.run('index.plan', { ...input, paths }, { threads: true }) : { plans: [] }
  call.endProgress()
  if (paths.length === 0) output.warn(NOTHING_KNOWN)
  if (output.json) await output.data(`${JSON.stringify(answer)}\n`)
  else {
    const { renderPlans } = await import('../render/index-report.ts')
    await output.data(renderPlans(answer.plans as IndexEstimate[], output))
  }
  return EXIT.ok
}

async function knownRoots({ run, flags }: Call): Promise<string[]> {
  const { collections } = await run('collections', {})
  const chosen = collections.filter(({ name }) => flags.collection === undefined || name === flags.collection)
  const { existsSync } = await import('node:fs')
  return chosen.flatMap(({ roots }) => roots).filter((root) => existsSync(root))
}

const NOTHING_KNOWN = 'No root is known yet: semdex index <folder>'

function tell({ output }: Call, reports: readonly IndexReport[]): void {
  if (reports.length === 0) output.warn(NOTHING_KNOWN)
  for (const { failures, degraded, replaced } of reports) {
    for (const { path, message } of failures) output.warn(message.includes(path) ? message : `${path}: ${message}`)
    for (const { path, places } of replaced) {
      output.warn(`${path} is not valid UTF-8; ${places} ${places === 1 ? 'place' : 'places'} in it became U+FFFD.`)
    }
    if (degraded) output.warn(`Stored without vectors. ${degraded.message}${degraded.fix ? ` (${degraded.fix})` : ''}`)
  }
}
