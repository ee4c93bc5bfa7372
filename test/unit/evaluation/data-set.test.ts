import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readDataSet } from '../../../src/evaluation/data-set.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-beir-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const CORPUS = '{"_id": "d1", "title": "Bread", "text": "Flour and water."}\n{"_id": "d2", "text": "Stars."}\n'
const QUERIES =
  '{"_id": "q1", "text": "baking"}\n{"_id": "q2", "text": "space"}\n{"_id": "q3", "text": "nothing relevant"}\n{"_id": "q4", "text": "not judged"}\n'
const QRELS = 'query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td2\t1\nq3\td1\t0\nq3\td2\t-1\n'

function write(files: Record<string, string> = {}) {
  const all = { 'corpus.jsonl': CORPUS, 'queries.jsonl': QUERIES, 'qrels/test.tsv': QRELS, ...files }
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

const EXPECTED = {
  documents: [
    { id: 'd1', title: 'Bread', text: 'Flour and water.' },
    { id: 'd2', title: '', text: 'Stars.' },
  ],
  queries: [
    { id: 'q1', text: 'baking' },
    { id: 'q2', text: 'space' },
  ],
}

describe('a data set is read', () => {
  test('with its title, without queries that have no relevant document', async () => {
    write()
    const dataSet = await readDataSet(folder)
    expect(dataSet).toMatchObject(EXPECTED)
    expect(dataSet.name).toBe(basename(folder))
    expect(dataSet.judgements.get('q1')).toEqual(
      new Map([
        ['d1', 2],
        ['d2', 0],
      ]),
    )
    expect(dataSet.judgements.get('q3')).toEqual(
      new Map([
        ['d1', 0],
        ['d2', -1],
      ]),
    )
  })

  test('with the line ends and the byte order mark of Windows, and empty lines', async () => {
    const crlf = (text: string) => `\ufeff${text.replaceAll('\n', '\r\n')}\r\n`
    write({ 'corpus.jsonl': crlf(CORPUS), 'queries.jsonl': crlf(QUERIES), 'qrels/test.tsv': crlf(QRELS) })
    const dataSet = await readDataSet(folder)
    expect(dataSet).toMatchObject(EXPECTED)
    expect(dataSet.judgements.get('q2')).toEqual(new Map([['d2', 1]]))
  })

  test('without a header, and without a last line end', async () => {
    write({ 'qrels/test.tsv': 'q1\td1\t1\nq2\td2\t1' })
    expect(await readDataSet(folder)).toMatchObject(EXPECTED)
  })

  test('from the one table that is there', async () => {
    write({ 'qrels/notes.txt': 'by hand' })
    rmSync(join(folder, 'qrels/test.tsv'))
    writeFileSync(join(folder, 'qrels/dev.tsv'), QRELS)
    expect(await readDataSet(folder)).toMatchObject(EXPECTED)
  })

  test('from test.tsv where there are several tables', async () => {
    write({ 'qrels/train.tsv': 'q4\td1\t1\n', 'qrels/dev.tsv': 'broken' })
    expect(await readDataSet(folder)).toMatchObject(EXPECTED)
  })
})

describe('a data set that cannot be read says which file', () => {
  test.each(['corpus.jsonl', 'queries.jsonl', 'qrels/test.tsv'])('%s is missing', async (name) => {
    write()
    rmSync(join(folder, name))
    const file = join(folder, name)
    await expect(readDataSet(folder)).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      message: expect.stringContaining(file),
      details: { file },
    })
  })

  test('qrels/ has several tables, none of them test.tsv', async () => {
    write({ 'qrels/train.tsv': QRELS, 'qrels/dev.tsv': QRELS })
    rmSync(join(folder, 'qrels/test.tsv'))
    await expect(readDataSet(folder)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
  })

  test.each([
    ['corpus.jsonl', `${CORPUS}{"_id": "d3"\n`, 3],
    ['corpus.jsonl', `${CORPUS}\n\n{"_id": "d3"}\n`, 5],
    ['corpus.jsonl', '{"_id": 7, "text": "x"}\n', 1],
    ['corpus.jsonl', '{"_id": "", "text": "x"}\n', 1],
    ['corpus.jsonl', 'null\n', 1],
    ['corpus.jsonl', `${CORPUS}[1]\n`, 3],
    ['queries.jsonl', '{"_id": "q1", "text": "x"}\r\n"text"\r\n', 2],
    ['qrels/test.tsv', 'q1 d1 1\n', 1],
    ['qrels/test.tsv', `${QRELS}q1\td1\n`, 7],
    ['qrels/test.tsv', `${QRELS}q1\td1\t\n`, 7],
    ['qrels/test.tsv', `${QRELS}q1\td1\thigh\n`, 7],
    ['qrels/test.tsv', `${QRELS}\tq1\t1\n`, 7],
    ['qrels/test.tsv', 'q1\t0\td1\t1\n', 1],
    ['qrels/test.tsv', 'a\tb\tc\nd\te\tf\n', 2],
  ])('and line of %s: %j', async (name, content, line) => {
    write({ [name]: content })
    const file = join(folder, name)
    await expect(readDataSet(folder)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`${file}, line ${line}`),
      details: { file, line },
    })
  })
})
