import type { OperationName } from '../../../operations/table.ts'

/**
 * The routes that are one operation each, as data: the server's routes, /openapi.json, /docs and docs/api.md are made from
 * it. The input is what the path, the query string and the body say together; the answer is the operation's.
 *
 * What is not one operation, as an event stream or another maker's API, has a routes file of its own and beside it a
 * `…-described.ts`, which gives its `RouteDescription`s (../openapi/description.ts): method, path, summary, the operation
 * if there is one, the JSON Schema of what it takes and of what it answers by status, and the codes of its errors.
 * ../openapi/routes.ts lists those files.
 */
export interface Route {
  operation: OperationName
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `:name` is a field of the input. */
  path: string
  /** What it does, where that is not the operation's summary. */
  summary?: string
  /** Of the answer. Default 200. */
  status?: 201
  /** Fields of the input that the route sets by itself. */
  fixed?: Record<string, unknown>
  /** One item instead of a list: the field `item` of the path is all of the list `list`. */
  single?: { item: string; list: string }
  /**
   * One item instead of a list: the body, with the path's `item`, is the only element of the list `list`, and the error
   * of its result in `results` is the request's.
   */
  element?: { item: string; list: string }
}

const DOCUMENTS = '/api/collections/:collection/documents'
const DOCUMENT = `${DOCUMENTS}/:id`

export const ROUTES: readonly Route[] = [
  { operation: 'search', method: 'GET', path: '/api/search' },
  { operation: 'search', method: 'POST', path: '/api/search' },

  { operation: 'collections', method: 'GET', path: '/api/collections' },
  { operation: 'collections.create', method: 'POST', path: '/api/collections', status: 201 },
  { operation: 'collections.get', method: 'GET', path: '/api/collections/:name' },
  { operation: 'collections.update', method: 'PATCH', path: '/api/collections/:name' },
  { operation: 'collections.drop', method: 'DELETE', path: '/api/collections/:name' },

  { operation: 'documents', method: 'GET', path: DOCUMENTS },
  { operation: 'add', method: 'POST', path: DOCUMENTS },
  {
    operation: 'add',
    method: 'PUT',
    path: DOCUMENTS,
    summary: 'Store documents with their vectors; those with the same ids are replaced.',
    fixed: { ifExists: 'replace' },
  },
  { operation: 'delete', method: 'POST', path: `${DOCUMENTS}/delete` },
  {
    operation: 'get',
    method: 'GET',
    path: DOCUMENT,
    summary: 'Show a stored document, or some lines of it.',
  },
  {
    operation: 'add',
    method: 'PUT',
    path: DOCUMENT,
    summary: 'Store one document with its vectors, or replace the one with this id.',
    element: { item: 'id', list: 'documents' },
    fixed: { ifExists: 'replace' },
  },
  {
    operation: 'delete',
    method: 'DELETE',
    path: DOCUMENT,
    summary: 'Remove one document with its chunks and vectors.',
    single: { item: 'id', list: 'ids' },
  },
  { operation: 'get', method: 'GET', path: '/api/document' },

  { operation: 'embed', method: 'POST', path: '/api/embed' },
  { operation: 'embeddings.fill', method: 'POST', path: '/api/embeddings/fill' },
  { operation: 'backfill', method: 'POST', path: '/api/backfill' },
  { operation: 'rerank', method: 'POST', path: '/api/rerank' },

  { operation: 'memory.list', method: 'GET', path: '/api/memory' },
  { operation: 'memory.capture', method: 'POST', path: '/api/memory', status: 201 },
  { operation: 'memory.recall', method: 'GET', path: '/api/memory/recall' },
  { operation: 'memory.recall', method: 'POST', path: '/api/memory/recall' },
  { operation: 'memory.update', method: 'POST', path: '/api/memory/:id' },
  { operation: 'memory.forget', method: 'DELETE', path: '/api/memory/:id' },
  { operation: 'memory.history', method: 'GET', path: '/api/memory/:id/history' },

  { operation: 'artifacts', method: 'GET', path: '/api/artifacts' },
  { operation: 'artifacts.put', method: 'POST', path: '/api/artifacts' },
  { operation: 'artifacts.search', method: 'POST', path: '/api/artifacts/search' },
  { operation: 'artifacts.remove', method: 'POST', path: '/api/artifacts/remove' },
  { operation: 'artifacts.get', method: 'GET', path: '/api/artifacts/:id' },
  { operation: 'artifacts.history', method: 'GET', path: '/api/artifacts/:id/history' },

  { operation: 'models', method: 'GET', path: '/api/models' },
  { operation: 'models.show', method: 'GET', path: '/api/models/:model' },
  { operation: 'models.pull', method: 'POST', path: '/api/models/pull' },
  { operation: 'models.add', method: 'POST', path: '/api/models/add' },
  { operation: 'models.verify', method: 'POST', path: '/api/models/verify' },
  { operation: 'models.remove', method: 'DELETE', path: '/api/models/:model' },

  { operation: 'jobs', method: 'GET', path: '/api/jobs' },
  { operation: 'jobs.get', method: 'GET', path: '/api/jobs/:id' },
  { operation: 'jobs.cancel', method: 'POST', path: '/api/jobs/:id/cancel' },
  { operation: 'jobs.cancel', method: 'DELETE', path: '/api/jobs/:id' },
  { operation: 'index.plan', method: 'POST', path: '/api/index/plan' },
  { operation: 'migrate.status', method: 'GET', path: '/api/migrations' },
  { operation: 'migrate.plan', method: 'POST', path: '/api/migrations/plan' },
  { operation: 'migrate.remove', method: 'POST', path: '/api/migrations/remove' },
  { operation: 'eval', method: 'POST', path: '/api/eval' },
  { operation: 'bench.embed', method: 'POST', path: '/api/bench/embed' },
  { operation: 'status', method: 'GET', path: '/api/status' },
  { operation: 'metrics', method: 'GET', path: '/api/metrics' },
  { operation: 'keys', method: 'GET', path: '/api/keys' },
  { operation: 'keys.create', method: 'POST', path: '/api/keys', status: 201 },
  { operation: 'keys.revoke', method: 'DELETE', path: '/api/keys/:id' },
  { operation: 'backup', method: 'POST', path: '/api/backups' },
  { operation: 'backup.list', method: 'GET', path: '/api/backups' },
  { operation: 'backup.verify', method: 'POST', path: '/api/backups/verify' },
  { operation: 'export', method: 'POST', path: '/api/export' },
  { operation: 'import', method: 'POST', path: '/api/import' },
  { operation: 'compact', method: 'POST', path: '/api/compact' },
  { operation: 'doctor', method: 'POST', path: '/api/doctor' },
  { operation: 'config', method: 'GET', path: '/api/config' },
]
