import type { OperationName } from '../../src/operations/table.ts'
import * as artifacts from './calls/artifacts.ts'
import * as collections from './calls/collections.ts'
import * as documents from './calls/documents.ts'
import * as jobs from './calls/jobs.ts'
import * as keys from './calls/keys.ts'
import * as machine from './calls/machine.ts'
import * as memory from './calls/memory.ts'
import * as migrations from './calls/migrations.ts'
import * as models from './calls/models.ts'
import * as retrieval from './calls/retrieval.ts'
import * as upkeep from './calls/upkeep.ts'
import type { Entry } from './entry.ts'

/** The calls of every operation: the type checker asks for an entry where one is missing, and so does the suite. */
export const ENTRIES: Record<OperationName, Entry> = {
  search: retrieval.search,
  'search.semantic': retrieval.searchSemantic,
  'embeddings.get': retrieval.getEmbedding,
  'embeddings.fill': retrieval.fillEmbeddings,
  backfill: retrieval.backfill,
  index: documents.index,
  'index.plan': documents.planIndex,
  add: documents.add,
  'add.files': documents.addFiles,
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
  'collections.update': collections.update,
  'collections.drop': collections.drop,
  'memory.capture': memory.capture,
  'memory.recall': memory.recall,
  'memory.update': memory.update,
  'memory.forget': memory.forget,
  'memory.history': memory.history,
  'memory.list': memory.list,
  keys: keys.list,
  'keys.create': keys.create,
  'keys.revoke': keys.revoke,
  jobs: jobs.list,
  'jobs.start': jobs.start,
  'jobs.get': jobs.show,
  'jobs.cancel': jobs.cancel,
  models: models.list,
  'models.show': models.show,
  'models.pull': models.pull,
  'models.add': models.add,
  'models.remove': models.remove,
  'models.verify': models.verify,
  artifacts: artifacts.list,
  'artifacts.put': artifacts.put,
  'artifacts.get': artifacts.get,
  'artifacts.search': artifacts.search,
  'artifacts.history': artifacts.history,
  'artifacts.remove': artifacts.remove,
  migrate: migrations.migrate,
  'migrate.plan': migrations.plan,
  'migrate.status': migrations.status,
  'migrate.rollback': migrations.rollBack,
  'migrate.remove': migrations.remove,
  eval: machine.evaluation,
  'bench.embed': machine.benchEmbedding,
  backup: upkeep.backup,
  'backup.list': upkeep.listBackups,
  'backup.verify': upkeep.verifyBackup,
  export: upkeep.exportAll,
  import: upkeep.importAll,
  compact: upkeep.compact,
  doctor: machine.doctor,
  config: machine.config,
}
