import type { Operation } from './operation.ts'

/** Every use case, loaded when it is first needed: what a caller does not use costs it nothing. */
export const operations = loadedOnce({
  search: async () => (await import('./search.ts')).search,
  'search.semantic': async () => (await import('./search-semantic.ts')).searchSemantic,
  index: async () => (await import('./index-paths.ts')).index,
  'index.plan': async () => (await import('./plan-index.ts')).planIndex,
  add: async () => (await import('./add.ts')).add,
  'add.files': async () => (await import('./add-files.ts')).addFiles,
  delete: async () => (await import('./delete.ts')).remove,
  documents: async () => (await import('./documents.ts')).listDocuments,
  get: async () => (await import('./get.ts')).get,
  status: async () => (await import('./status.ts')).status,
  embed: async () => (await import('./embed.ts')).embed,
  'embeddings.get': async () => (await import('./embeddings-get.ts')).getEmbedding,
  'embeddings.fill': async () => (await import('./embeddings-fill.ts')).fillEmbeddings,
  backfill: async () => (await import('./backfill/backfill.ts')).backfill,
  jobs: async () => (await import('./jobs/jobs.ts')).listJobs(operationNamed),
  'jobs.start': async () => (await import('./jobs/start.ts')).startJob(operationNamed),
  'jobs.get': async () => (await import('./jobs/jobs.ts')).getJob(operationNamed),
  'jobs.cancel': async () => (await import('./jobs/jobs.ts')).cancelJob(operationNamed),
  metrics: async () => (await import('./metrics.ts')).metrics,
  rerank: async () => (await import('./rerank.ts')).rerank,
  collections: async () => (await import('./collections.ts')).listCollections,
  'collections.get': async () => (await import('./collections.ts')).getCollection,
  'collections.create': async () => (await import('./collections.ts')).createCollection,
  'collections.update': async () => (await import('./collections.ts')).updateCollection,
  'collections.drop': async () => (await import('./collections.ts')).dropCollection,
  models: async () => (await import('./models.ts')).listModels,
  'models.show': async () => (await import('./models.ts')).showModel,
  'models.pull': async () => (await import('./models.ts')).pullModel,
  'models.add': async () => (await import('./models.ts')).addModel,
  'models.remove': async () => (await import('./models.ts')).removeModel,
  'models.verify': async () => (await import('./models.ts')).verifyModel,
  eval: async () => (await import('./evaluate.ts')).evaluation,
  'bench.embed': async () => (await import('./bench-embed.ts')).benchEmbedding,
  'memory.capture': async () => (await import('./memory/capture.ts')).captureMemory,
  'memory.recall': async () => (await import('./memory/recall.ts')).recallMemory,
  'memory.update': async () => (await import('./memory/update.ts')).updateMemory,
  'memory.forget': async () => (await import('./memory/forget.ts')).forgetMemory,
  'memory.history': async () => (await import('./memory/history.ts')).memoryHistory,
  'memory.list': async () => (await import('./memory/list.ts')).listMemory,
  keys: async () => (await import('./keys.ts')).listKeys,
  'keys.create': async () => (await import('./keys.ts')).createKey,
  'keys.revoke': async () => (await import('./keys.ts')).revokeKey,
  artifacts: async () => (await import('./artifacts/read.ts')).listArtifacts,
  'artifacts.put': async () => (await import('./artifacts/put.ts')).putArtifacts,
  'artifacts.get': async () => (await import('./artifacts/read.ts')).getArtifact,
  'artifacts.search': async () => (await import('./artifacts/search.ts')).searchArtifacts,
  'artifacts.history': async () => (await import('./artifacts/read.ts')).showArtifactHistory,
  'artifacts.remove': async () => (await import('./artifacts/remove.ts')).removeArtifacts,
  migrate: async () => (await import('./migrate.ts')).migrate,
  'migrate.plan': async () => (await import('./migrate-plan.ts')).planMigration,
  'migrate.status': async () => (await import('./migrations.ts')).migrationStatus,
  'migrate.rollback': async () => (await import('./migrations.ts')).rollBackMigration,
  'migrate.remove': async () => (await import('./migrations.ts')).removeMigration,
  backup: async () => (await import('./upkeep/backups.ts')).backup,
  'backup.list': async () => (await import('./upkeep/backups.ts')).backupList,
  'backup.verify': async () => (await import('./upkeep/backups.ts')).backupVerify,
  export: async () => (await import('./upkeep/transfer.ts')).exportOperation,
  import: async () => (await import('./upkeep/transfer.ts')).importOperation,
  compact: async () => (await import('./upkeep/compact.ts')).compact,
  doctor: async () => (await import('./doctor.ts')).doctor,
  config: async () => (await import('./config.ts')).config,
})

export type OperationName = keyof typeof operations

/** Null where there is none of that name. */
export function operationNamed(name: string): Promise<Operation<unknown, unknown>> | null {
  if (!Object.hasOwn(operations, name)) return null
  return operations[name as OperationName]() as unknown as Promise<Operation<unknown, unknown>>
}

type Loaders = Record<string, () => Promise<{ name: string; summary: string }>>

/** To import what is there already costs more than many an operation. */
function loadedOnce<Table extends Loaders>(table: Table): Table {
  const entries = Object.entries(table).map(([name, load]) => {
    let loaded: ReturnType<typeof load> | null = null
    return [name, () => (loaded ??= load())]
  })
  return Object.fromEntries(entries) as Table
}
