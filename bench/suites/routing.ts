import { readFileSync } from 'node:fs'
import { fromRepository } from '../../scripts/support/paths.ts'
import { collectDocuments } from '../routing/documents.ts'
import { evaluateDocuments, evaluatePieces, evaluateQueries, type TestQuery } from '../routing/evaluate.ts'
import { fetchPackages } from '../routing/fetch.ts'
import { saveRun } from '../support/run.ts'

// How often the classifiers of src/routing are right, on packages and queries that they were not trained on.
//   npm run bench:routing [-- FOLDER]

const folder = await fetchPackages(process.argv[2])
const seen = new Set<string>()
const trainedOn = collectDocuments(folder, 'train', seen).length
const samples = collectDocuments(folder, 'test', seen)
const lines = readFileSync(fromRepository('test/routing/queries.jsonl'), 'utf8').trim().split('\n')
const result = {
  trainedOn,
  documents: await evaluateDocuments(samples),
  piecesOfThreeLines: await evaluatePieces(samples, 3),
  piecesOfTenLines: await evaluatePieces(samples, 10),
  queries: await evaluateQueries(lines.map((line) => JSON.parse(line) as TestQuery)),
}
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
saveRun('routing', result)
