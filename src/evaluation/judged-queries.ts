import { stat } from 'node:fs/promises'
import { SemdexError } from '../core/errors.ts'
import type { ComparedQuery } from './compare-indexes.ts'
import { parseJson, readJudged, readLines } from './data-set.ts'

/**
 * Judged queries over documents that are stored already: a folder in BEIR form, of which the corpus is not read, or a file
 * of JSON lines `{"query": "…", "relevant": ["id", …]}`, where `relevant` may also be `{"id": grade, …}`.
 * @throws {SemdexError} `PATH_NOT_FOUND`; `INVALID_INPUT` naming the file and line of what cannot be read
 */
export async function readJudgedQueries(path: string): Promise<ComparedQuery[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (cause: unknown) => {
      throw new SemdexError('PATH_NOT_FOUND', { message: `There is no ${path}.`, cause, details: { path } })
    },
  )
  return isFolder ? fromFolder(path) : fromFile(path)
}

async function fromFolder(folder: string): Promise<ComparedQuery[]> {
  const { queries, judgements } = await readJudged(folder)
  return queries.map(({ id, text }) => ({ text, judgements: judgements.get(id) ?? new Map() }))
}

async function fromFile(file: string): Promise<ComparedQuery[]> {
  return (await readLines(file)).map(({ number, text }) => {
    const value = parseJson(text) as { query?: unknown; relevant?: unknown } | null
    const judgements = judgementsOf(value?.relevant)
    if (typeof value?.query === 'string' && value.query.trim() !== '' && judgements) {
      return { text: value.query, judgements }
    }
    throw new SemdexError('INVALID_INPUT', {
      message: `${file}, line ${number}: expected {"query": "…", "relevant": ["id", …]}, with a relevant document at least.`,
      details: { file, line: number },
    })
  })
}

/** Null where no document is relevant. */
function judgementsOf(relevant: unknown): Map<string, number> | null {
  if (typeof relevant !== 'object' || relevant === null) return null
  const entries: [unknown, unknown][] = Array.isArray(relevant)
    ? relevant.map((id: unknown) => [id, 1])
    : Object.entries(relevant)
  const isRight = entries.every(([id, grade]) => typeof id === 'string' && Number.isFinite(grade))
  const judgements = new Map(entries as [string, number][])
  return isRight && [...judgements.values()].some((grade) => grade > 0) ? judgements : null
}
