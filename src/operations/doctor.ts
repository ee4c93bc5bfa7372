import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import type { Parts } from '../core/parts.ts'
import { addDocuments } from '../ingestion/add-documents.ts'
import { examine } from '../maintenance/doctor.ts'
import { search } from '../retrieval/search.ts'
import { newCollectionModel } from './collection-models.ts'
import { indexingParts } from './indexing-parts.ts'
import { operation } from './operation.ts'

export const doctor = operation({
  name: 'doctor',
  summary: 'Try out the installation: versions, database, model, and one search from end to end.',
  access: 'admin',
  input: v.strictObject({}),
  output: v.object({
    healthy: v.boolean(),
    checks: v.array(
      v.object({
        name: v.string(),
        status: v.picklist(['ok', 'warning', 'failed']),
        message: v.string(),
        fix: v.nullable(v.string()),
      }),
    ),
  }),
  async run(parts) {
    const checks = await examine(parts, () => tryOut(parts))
    return { healthy: checks.every(({ status }) => status !== 'failed'), checks }
  },
})

const TEXTS = {
  bread: 'Knead the dough, let it rise overnight, then bake the loaf in a hot oven.',
  orbit: 'The satellite circles the planet once every ninety minutes.',
}

/** Stores two documents in a database of their own and searches them; with a model, by meaning alone. */
async function tryOut(parts: Parts): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'semdex-doctor-'))
  const storage = await parts.openStorage(join(folder, 'doctor.db'))
  try {
    const model = await newCollectionModel(parts, undefined)
    const collection = await storage.records.createCollection({ name: 'doctor', ...model })
    const documents = Object.entries(TEXTS).map(([id, text]) => ({ id, text }))
    const { degraded } = await addDocuments(documents, 'doctor', await indexingParts(parts, collection, storage))
    const query = degraded ? 'dough' : 'how do I make a sourdough'
    const answer = await search(
      { query, mode: 'hybrid', limit: 1 },
      { models: parts.models, storage: async () => storage, scopes: async () => [{ collection }] },
    )
    if (answer.hits[0]?.documentId !== 'bread') throw wrongAnswer()
    if (degraded) throw degraded
  } finally {
    await storage.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function wrongAnswer(): SemdexError {
  return new SemdexError('INTERNAL', {
    message: 'A search in a database of two documents did not put the right one first.',
    fix: 'semdex models verify',
  })
}
