import type { IndexReport } from '../../../ingestion/report.ts'
import { invoke } from '../../../operations/operation.ts'
import { operations } from '../../../operations/table.ts'
import type { Call } from '../call.ts'
import { EXIT } from '../exit-codes.ts'
import { existingPaths } from './paths.ts'

export async function indexCommand(call: Call): Promise<number> {
  const { flags, output, parts } = call
  const paths = await existingPaths(call.positionals)
  const input = { paths, collection: flags.collection, model: flags.model, force: flags.force }
  const since = Date.now()
  const answer = await invoke(await operations.index(), call.threadedParts(), input, call.context())
  const reports = answer.reports as IndexReport[]
  call.endProgress()
  await tell(call, reports)
  if (output.json) await output.data(`${JSON.stringify(answer)}\n`)
  else await output.data((await import('../render/index-report.ts')).renderReports(reports, output))
  if (reports.some(({ added, changed }) => added + changed > 0)) {
    const { warnAboutLanguage } = await import('../language.ts')
    await warnAboutLanguage(parts, reports, since, output)
  }
  return reports.some(({ failed }) => failed > 0) ? EXIT.partlyFailed : EXIT.ok
}

async function tell({ output }: Call, reports: readonly IndexReport[]): Promise<void> {
  if (reports.length === 0) output.warn('No root is known yet: semdex index <folder>')
  for (const { failures, degraded, replaced } of reports) {
    for (const { path, message } of failures) output.warn(message.includes(path) ? message : `${path}: ${message}`)
    for (const { path, places } of replaced) {
      output.warn(`${path} is not valid UTF-8; ${places} places in it became U+FFFD.`)
    }
    if (degraded) output.warn(`Stored without vectors. ${degraded.message}${degraded.fix ? ` (${degraded.fix})` : ''}`)
  }
}
