import type { ErrorCode } from '../core/errors.ts'
import type { OperationName } from './table.ts'

/** What every operation may fail with: its input, and the database. */
export const COMMON_ERRORS: readonly ErrorCode[] = [
  'INVALID_INPUT',
  'PATH_UNREADABLE',
  'DATABASE_NEWER',
  'DATABASE_CORRUPT',
  'DATABASE_READ_ONLY',
  'DATABASE_BUSY',
  'DATABASE_FOREIGN',
  'STORE_CLOSED',
  'DISK_FULL',
  'ABORTED',
  'INTERNAL',
]

const MODEL: readonly ErrorCode[] = ['MODEL_UNKNOWN', 'MODEL_INVALID']
const LOADED_MODEL: readonly ErrorCode[] = [
  ...MODEL,
  'MODEL_NOT_INSTALLED',
  'MODEL_DAMAGED',
  'RUNTIME_UNAVAILABLE',
  'PROVIDER_UNAVAILABLE',
  'REMOTE_FAILED',
  'EMBEDDING_UNAVAILABLE',
  'EMBEDDER_BUSY',
  'EMBEDDER_CLOSED',
]
const EMBEDDING: readonly ErrorCode[] = ['EMPTY_EMBEDDING', 'NAN_EMBEDDING', 'EMBEDDING_FAILED']
const INDEXES: readonly ErrorCode[] = ['INDEX_CLOSED', 'INDEX_UNAVAILABLE']
const PATHS: readonly ErrorCode[] = ['PATH_NOT_FOUND']
const NO_COLLECTION: readonly ErrorCode[] = ['COLLECTION_NOT_FOUND']
const WRITING: readonly ErrorCode[] = [
  ...LOADED_MODEL,
  'COLLECTION_MODEL_MISMATCH',
  'DIMENSION_MISMATCH',
  'VECTOR_INVALID',
]
const SUPERSEDING: readonly ErrorCode[] = ['REVISION_CONFLICT', 'SUPERSEDE_CYCLE']
const TRANSFER: readonly ErrorCode[] = [
  'MODEL_UNKNOWN',
  'MODEL_INVALID',
  'MODEL_DAMAGED',
  'MODEL_NOT_INSTALLED',
  'DOWNLOAD_FAILED',
  'DOWNLOAD_CORRUPT',
  'OFFLINE',
]

/** What else each of them may fail with, for descriptions of interfaces. Errors of single items are in the answers. */
export const OPERATION_ERRORS: Record<OperationName, readonly ErrorCode[]> = {
  search: [...NO_COLLECTION, ...LOADED_MODEL, ...EMBEDDING, ...INDEXES],
  'search.semantic': [...NO_COLLECTION, ...LOADED_MODEL, ...EMBEDDING, ...INDEXES],
  index: [...PATHS, 'ROOT_TAKEN', ...NO_COLLECTION, ...WRITING],
  'index.plan': [...PATHS, 'ROOT_TAKEN', ...NO_COLLECTION, ...WRITING],
  add: WRITING,
  'add.files': WRITING,
  delete: NO_COLLECTION,
  documents: NO_COLLECTION,
  get: ['DOCUMENT_NOT_FOUND', ...NO_COLLECTION],
  status: [],
  embed: [...LOADED_MODEL, ...EMBEDDING],
  'embeddings.get': ['DOCUMENT_NOT_FOUND', ...NO_COLLECTION, ...LOADED_MODEL],
  'embeddings.fill': [...NO_COLLECTION, ...WRITING, ...EMBEDDING],
  backfill: [...NO_COLLECTION, ...WRITING],
  jobs: [],
  'jobs.start': ['OPERATION_UNKNOWN', 'SERVER_BUSY'],
  'jobs.get': ['JOB_NOT_FOUND'],
  'jobs.cancel': ['JOB_NOT_FOUND'],
  metrics: [],
  rerank: [...LOADED_MODEL, ...EMBEDDING],
  collections: [],
  'collections.get': NO_COLLECTION,
  'collections.create': ['COLLECTION_EXISTS', ...LOADED_MODEL],
  'collections.update': [...NO_COLLECTION, ...LOADED_MODEL, 'COLLECTION_MODEL_MISMATCH', 'MIGRATION_EXISTS'],
  'collections.drop': NO_COLLECTION,
  models: [...MODEL, 'MODEL_DAMAGED'],
  'models.show': [...MODEL, 'MODEL_DAMAGED'],
  'models.pull': TRANSFER,
  'models.add': [...PATHS, 'ARCHIVE_INVALID', 'MODEL_EXISTS', 'FILE_TOO_LARGE', ...TRANSFER],
  'models.remove': [...MODEL, 'MODEL_NOT_INSTALLED', 'MIGRATION_EXISTS'],
  'models.verify': [...MODEL, 'MODEL_NOT_INSTALLED', 'MODEL_DAMAGED'],
  eval: [...PATHS, ...WRITING, ...EMBEDDING, ...INDEXES],
  'bench.embed': [...LOADED_MODEL, ...EMBEDDING],
  keys: [],
  'keys.create': [],
  'keys.revoke': ['KEY_NOT_FOUND'],
  artifacts: NO_COLLECTION,
  'artifacts.put': WRITING,
  'artifacts.get': ['DOCUMENT_NOT_FOUND', ...NO_COLLECTION],
  'artifacts.search': ['KIND_UNKNOWN', ...NO_COLLECTION, ...LOADED_MODEL, ...EMBEDDING, ...INDEXES],
  'artifacts.history': ['DOCUMENT_NOT_FOUND', ...NO_COLLECTION],
  'artifacts.remove': NO_COLLECTION,
  'memory.capture': [...WRITING, 'KIND_UNKNOWN', 'MEMORY_NOT_FOUND', ...SUPERSEDING, 'DOCUMENT_EXISTS', ...INDEXES],
  'memory.recall': [...NO_COLLECTION, 'KIND_UNKNOWN', ...LOADED_MODEL, ...EMBEDDING, ...INDEXES],
  'memory.update': [...NO_COLLECTION, ...WRITING, 'KIND_UNKNOWN', 'MEMORY_NOT_FOUND', ...SUPERSEDING],
  'memory.forget': [...NO_COLLECTION, 'MEMORY_NOT_FOUND'],
  'memory.history': [...NO_COLLECTION, 'MEMORY_NOT_FOUND'],
  'memory.list': [...NO_COLLECTION, 'KIND_UNKNOWN'],
  migrate: [
    ...PATHS,
    ...NO_COLLECTION,
    ...WRITING,
    ...EMBEDDING,
    ...INDEXES,
    'MIGRATION_EXISTS',
    'MIGRATION_RUNNING',
    'MIGRATION_INCOMPLETE',
  ],
  'migrate.plan': [...NO_COLLECTION, ...WRITING, 'MIGRATION_EXISTS'],
  'migrate.status': [],
  'migrate.rollback': [...WRITING, 'MIGRATION_NOT_FOUND', 'MIGRATION_RUNNING', 'MIGRATION_INCOMPLETE'],
  'migrate.remove': ['MIGRATION_NOT_FOUND', 'MIGRATION_RUNNING'],
  backup: ['BACKUP_EXISTS', 'BACKUP_INVALID'],
  'backup.list': [],
  'backup.verify': [...PATHS, 'BACKUP_INVALID'],
  export: [...PATHS, ...NO_COLLECTION, 'BACKUP_EXISTS'],
  import: [...PATHS, 'IMPORT_INVALID'],
  compact: [],
  doctor: [...LOADED_MODEL],
  config: [],
}
