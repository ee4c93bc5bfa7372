import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fromRepository, inModules } from '../../scripts/support/paths.ts'
import { open } from '../../src/index.ts'

const DATA = resolve(process.env.SEMDEX_TEST_ASSETS ?? fromRepository('../shared'), 'data/retrieval')
/** In the order in which they fill a database. */
const SETS = ['cosqa', 'scifact', 'cranfield', 'med', 'xquad-en']
const PAGE = 500

/** A database with so many chunks at least, of the data sets' documents; made once for each number, which takes minutes. */
export async function servedDatabase(chunks: number): Promise<string> {
  const folder = inModules('.cache/semdex/bench')
  const file = join(folder, `served-${chunks}.db`)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  const partial = `${file}.partial`
  for (const suffix of ['', '-wal', '-shm']) rmSync(partial + suffix, { force: true })
  const db = await open({ database: partial, resultCache: 0 })
  for (const page of pages()) {
    await db.add(page)
    const { chunks: have } = await db.status()
    process.stderr.write(`${have} of ${chunks} chunks\r`)
    if (have >= chunks) break
  }
  await db.close()
  renameSync(partial, file)
  return file
}

/** Queries of the data sets, one set after the other in turn. */
export function queries(): string[] {
  const sets = SETS.map((set) => lines<{ text: string }>(`${set}/queries.jsonl`).map(({ text }) => text))
  const longest = Math.max(...sets.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => sets.flatMap((set) => set[at] ?? [])).flat()
}

function* pages(): Generator<{ id: string; text: string }[]> {
  for (let copy = 0; ; copy++) {
    for (const set of SETS) {
      const documents = lines<{ _id: string; title?: string; text: string }>(`${set}/corpus.jsonl`)
      for (let from = 0; from < documents.length; from += PAGE) {
        yield documents.slice(from, from + PAGE).map(({ _id, title = '', text }) => ({
          id: `${set}/${_id}/${copy}`,
          // A second copy is another text, or its vectors would be those of the first.
          text: `${copy > 0 ? `Part ${copy}. ` : ''}${title}\n\n${text}`,
        }))
      }
    }
  }
}

function lines<T>(path: string): T[] {
  const text = readFileSync(join(DATA, path), 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T)
}
