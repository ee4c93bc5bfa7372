import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SemdexError } from '../core/errors.ts'

/** A retrieval data set in BEIR form. */
export interface DataSet {
  name: string
  documents: { id: string; title: string; text: string }[]
  /** Only the queries that have a judgement above 0. */
  queries: { id: string; text: string }[]
  /** By query, the judgement of each judged document. */
  judgements: Map<string, Map<string, number>>
}

/**
 * Reads `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv` (or the only table in `qrels/`) of a folder.
 * @throws {SemdexError} `PATH_NOT_FOUND` for a missing file, `INVALID_INPUT` naming the file and line of what cannot be read.
 */
export async function readDataSet(folder: string): Promise<DataSet> {
  const corpus = await readLines(join(folder, 'corpus.jsonl'))
  const judged = await readJudged(folder)
  return { name: basename(folder), documents: corpus.map(parseDocument), ...judged }
}

/** The same without the documents. @throws {SemdexError} as `readDataSet` */
export async function readJudged(folder: string): Promise<Pick<DataSet, 'queries' | 'judgements'>> {
  const queries = await readLines(join(folder, 'queries.jsonl'))
  const qrels = await readLines(await qrelsFile(folder))
  const judgements = parseJudgements(qrels)
  const judged = ({ id }: { id: string }) => [...(judgements.get(id)?.values() ?? [])].some((score) => score > 0)
  return { queries: queries.map(parseDocument).filter(judged), judgements }
}

export interface Line {
  file: string
  /** From 1. */
  number: number
  text: string
}

/** Those that are not blank. @throws {SemdexError} `PATH_NOT_FOUND` */
export async function readLines(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SemdexError('PATH_NOT_FOUND', {
      message: `${file} cannot be read; a data set in BEIR form has corpus.jsonl, queries.jsonl and qrels/test.tsv.`,
      cause,
      details: { file },
    })
  })
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  return lines.map((line, i) => ({ file, number: i + 1, text: line })).filter((line) => line.text.trim() !== '')
}

async function qrelsFile(folder: string): Promise<string> {
  const names = await readdir(join(folder, 'qrels')).catch(() => [])
  const tables = names.filter((name) => name.endsWith('.tsv'))
  const only = tables.length === 1 ? tables[0] : undefined
  return join(folder, 'qrels', only ?? 'test.tsv')
}

function parseDocument(line: Line): { id: string; title: string; text: string } {
  const value = parseJson(line.text) as { _id?: unknown; title?: unknown; text?: unknown } | null
  if (typeof value?._id !== 'string' || value._id === '' || typeof value.text !== 'string') {
    throw invalidLine(line, 'an object with the strings _id and text')
  }
  return { id: value._id, title: typeof value.title === 'string' ? value.title : '', text: value.text }
}

function parseJudgements(lines: Line[]): Map<string, Map<string, number>> {
  const judgements = new Map<string, Map<string, number>>()
  for (const [i, line] of lines.entries()) {
    const columns = line.text.split('\t')
    const [query, document, score = ''] = columns
    const isNumber = score.trim() !== '' && Number.isFinite(Number(score))
    if (i === 0 && columns.length === 3 && !isNumber) continue
    if (columns.length !== 3 || !query || !document || !isNumber) {
      throw invalidLine(line, 'query id, document id and score, with a tab between them')
    }
    const ofQuery = judgements.get(query) ?? new Map<string, number>()
    judgements.set(query, ofQuery.set(document, Number(score)))
  }
  return judgements
}

/** Null for what is no JSON. */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function invalidLine({ file, number }: Line, expected: string): SemdexError {
  return new SemdexError('INVALID_INPUT', {
    message: `${file}, line ${number}: expected ${expected}.`,
    details: { file, line: number },
  })
}
