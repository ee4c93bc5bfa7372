import type { OperationName } from '../../src/operations/table.ts'
import * as collections from './calls/collections.ts'
import * as documents from './calls/documents.ts'
import * as machine from './calls/machine.ts'
import * as models from './calls/models.ts'
import * as retrieval from './calls/retrieval.ts'
import type { Entry } from './entry.ts'

/** The calls of every operation: the type checker asks for an entry where one is missing, and so does the suite. */
export const ENTRIES: Record<OperationName, Entry> = {
  search: retrieval.search,
  index: documents.index,
  'index.plan': documents.planIndex,
  add: documents.add,
  delete: documents.remove,
  documents: documents.list,
  get: retrieval.get,
  status: retrieval.status,
  embed: retrieval.embed,
  metrics: retrieval.metrics,
  rerank: retrieval.rerank,
  collections: collections.list,
  'collections.get': collections.show,
  'collections.create': collections.create,
  'collections.drop': collections.drop,
  models: models.list,
  'models.show': models.show,
  'models.pull': models.pull,
  'models.add': models.add,
  'models.remove': models.remove,
  'models.verify': models.verify,
  eval: machine.evaluation,
  'bench.embed': machine.benchEmbedding,
  doctor: machine.doctor,
  config: machine.config,
}
