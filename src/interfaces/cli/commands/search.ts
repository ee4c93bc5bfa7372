import { type ErrorAnswer, SemdexError, toSemdexError } from '../../../core/errors.ts'
import type { Parts } from '../../../core/parts.ts'
import type { SearchAnswer } from '../../../core/search.ts'
import { invoke } from '../../../operations/operation.ts'
import { operations } from '../../../operations/table.ts'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'
import { existingPaths, perhapsGone } from './paths.ts'

export async function searchCommand(call: Call): Promise<number> {
  const { flags, output, parts } = call
  const [query = '', ...typed] = call.positionals
  const indexes = !flags['no-index']
  const paths = indexes ? await existingPaths(typed) : await Promise.all(typed.map(perhapsGone))
  const input = {
    query,
    mode: flags.mode,
    side: flags.side,
    limit: flags.limit,
    collection: flags.collection,
    paths: paths.length > 0 ? paths : undefined,
    minSimilarity: flags['min-similarity'],
    filter: await readFilter(call),
    explain: flags.explain,
  }
  await invoke({ ...(await operations.search()), run: assertQuery }, parts, input)
  if (indexes) await bringUpToDate(call, paths)
  const answer = (await call.run('search', input)) as SearchAnswer
  if (answer.degraded) warnDegraded(call, answer, answer.degraded)
  if (output.json) await output.data(`${JSON.stringify(answer)}\n`)
  else await output.data((await import('../render/search.ts')).renderSearch(answer, output))
  if (answer.hits.length === 0) await explainEmptiness(call)
  return EXIT.ok
}

/** Wrong requests fail before anything is indexed. */
async function assertQuery(_parts: Parts, { query }: { query: string }): Promise<never> {
  if (query.trim() !== '') return undefined as never
  throw new SemdexError('INVALID_INPUT', {
    message: 'The query is empty.',
    fix: 'semdex search "a question or keywords" [path...]',
    details: { field: 'query' },
  })
}

async function readFilter({ flags }: Call) {
  const tests = (flags.filter as string[] | undefined) ?? []
  const globs = (flags['path-glob'] as string[] | undefined) ?? []
  if (tests.length + globs.length === 0) return undefined
  const { filterFrom } = await import('../filter-flags.ts')
  return filterFrom(tests, globs)
}

/** What the database cannot take does not keep it from answering. */
const ANSWERS_ANYWAY: ReadonlySet<string> = new Set(['DATABASE_READ_ONLY', 'DATABASE_BUSY', 'DISK_FULL'])

async function bringUpToDate(call: Call, paths: readonly string[]): Promise<void> {
  const { flags, output, parts } = call
  const input = { paths, collection: flags.collection, model: flags.model, codeModel: flags['code-model'] }
  const since = Date.now()
  try {
    const { reports } = await call.run('index', input, { threads: true })
    call.endProgress()
    const sum = (field: 'added' | 'changed' | 'failed') => reports.reduce((total, report) => total + report[field], 0)
    if (sum('failed') > 0) output.warn(`${sum('failed')} files could not be indexed; semdex index says which.`)
    if (sum('added') + sum('changed') === 0) return
    const { warnAboutLanguage } = await import('../language.ts')
    await warnAboutLanguage(parts, reports, since, output)
  } catch (thrown) {
    const error = toSemdexError(thrown)
    if (!ANSWERS_ANYWAY.has(error.code)) throw error
    output.warn(`What is new could not be indexed. ${error.message}`)
  }
}

function warnDegraded({ output }: Call, { hits }: SearchAnswer, { message, fix }: ErrorAnswer): void {
  const isPartial = hits.some(({ model }) => model !== null)
  const what = isPartial ? 'Not all was searched by meaning.' : 'Answered by keyword alone.'
  output.warn(`${what} ${message}${fix ? ` (${fix})` : ''}`)
}

async function explainEmptiness({ run, output }: Call): Promise<void> {
  const { collections } = await run('collections', {})
  if (collections.length === 0) output.warn('Nothing is indexed yet: semdex index <folder>')
  else output.note('Nothing was found.')
}
