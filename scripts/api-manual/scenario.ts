/** One request, in the order in which they are made; each is the example of its route. */
export interface Step {
  /** As routes are named: `GET /api/collections/:name`. */
  route: string
  parameters?: Record<string, string>
  query?: Record<string, string | string[]>
  /** JSON, or text of the media type. */
  body?: unknown
  type?: string
  /** What the route answers where it is not JSON. */
  answers?: 'text'
}

/** Names that are known only when it runs: a chunk's id, a job's, a key's. */
export interface Known {
  chunk: string
  job: string
  key: string
}

const BREAD = {
  id: 'bread',
  text: 'Knead the dough for ten minutes, let it rise overnight, then bake it in a hot oven.',
  title: 'Bread',
  metadata: { lang: 'en', year: 2020 },
}
const TYRES = {
  id: 'tyres',
  text: 'Check the pressure of the tyres before a long ride.',
  metadata: { lang: 'en', year: 2019 },
}
const SOUP = {
  text: 'Cut the onions, roast them in butter, and boil them in broth.',
  metadata: { lang: 'en', year: 2021 },
}
const NOTES = { collection: 'notes' }
const QUESTION = 'how do I make a loaf'

/** What docs/api.md and /openapi.json show. `folder` has notes/, a data set in BEIR form, and folders with a reranker and a second model. */
export function scenario(folder: string, known: Known): readonly Step[] {
  const backup = `${folder}/semdex.db.backups/semdex-20260102T030405678Z.manual.db`
  return [
    { route: 'POST /api/collections', body: { name: 'notes' } },
    { route: 'POST /api/collections/:collection/documents', parameters: NOTES, body: { documents: [BREAD, TYRES] } },
    { route: 'PUT /api/collections/:collection/documents', parameters: NOTES, body: { documents: [BREAD] } },
    { route: 'PUT /api/collections/:collection/documents/:id', parameters: { ...NOTES, id: 'soup' }, body: SOUP },
    {
      route: 'POST /api/collections/:collection/documents/bulk',
      parameters: NOTES,
      type: 'application/x-ndjson',
      body: '{"id": "line-1", "text": "Oil the chain every month."}\n{"id": "line-2"}\n',
      answers: 'text',
    },
    {
      route: 'POST /api/collections/:collection/files',
      parameters: NOTES,
      body: { files: [{ name: 'notes/chain.md', content: Buffer.from('# Chain\n\nOil it.\n').toString('base64') }] },
    },
    {
      route: 'GET /api/collections/:collection/documents',
      parameters: NOTES,
      query: { limit: '2', filter: '{"lang":"en"}' },
    },
    { route: 'GET /api/collections/:collection/documents/:id', parameters: { ...NOTES, id: 'bread' } },
    { route: 'GET /api/search', query: { query: QUESTION, limit: '1' } },
    { route: 'POST /api/search', body: { query: QUESTION, filter: { year: { $gte: 2020 } }, limit: 1, explain: true } },
    { route: 'GET /api/search/semantic', query: { q: QUESTION, limit: '1' } },
    { route: 'POST /api/search/semantic', body: { query: QUESTION, threshold: 0.2, limit: 1 } },
    { route: 'GET /api/document', query: { chunkId: known.chunk } },
    { route: 'GET /api/embeddings/:id', parameters: { id: known.chunk } },
    { route: 'POST /api/embeddings/generate', body: { text: 'Knead the dough.' } },
    { route: 'POST /api/embeddings/batch', body: { texts: ['Knead the dough.', ''] } },
    { route: 'POST /api/embeddings/fill', body: { ids: ['bread'], collection: 'notes' } },
    { route: 'POST /api/backfill', body: {} },
    {
      route: 'POST /api/memory',
      body: { text: 'We deploy on Tuesdays.', id: 'deploy', kind: 'decision', confidence: 0.9, tags: ['ops'] },
    },
    { route: 'GET /api/memory', query: { kinds: 'decision' } },
    { route: 'GET /api/memory/recall', query: { query: 'on which day do we ship', limit: '1' } },
    { route: 'POST /api/memory/recall', body: { query: 'on which day do we ship', minConfidence: 0.5, limit: 1 } },
    { route: 'POST /api/memory/:id', parameters: { id: 'deploy' }, body: { confidence: 1 } },
    { route: 'GET /api/memory/:id/history', parameters: { id: 'deploy' } },
    { route: 'DELETE /api/memory/:id', parameters: { id: 'deploy' } },
    {
      route: 'POST /api/artifacts',
      body: {
        artifacts: [
          { id: 'retry', kind: 'code_template', title: 'Retry', tags: ['network'], body: 'await attempt(2 ** n)' },
        ],
      },
    },
    { route: 'GET /api/artifacts', query: { kinds: 'code_template' } },
    { route: 'GET /api/artifacts/:id', parameters: { id: 'retry' } },
    { route: 'POST /api/artifacts/search', body: { query: 'try again after a failure', limit: 1 } },
    { route: 'GET /api/artifacts/:id/history', parameters: { id: 'retry' } },
    { route: 'POST /api/artifacts/remove', body: { ids: ['retry'] } },
    { route: 'PATCH /api/collections/:name', parameters: { name: 'notes' }, body: { layout: 'padded' } },
    { route: 'GET /api/migrations' },
    { route: 'POST /api/embed', body: { texts: ['Knead the dough.'], encoding: 'int8' } },
    { route: 'POST /v1/embeddings', body: { model: 'all-MiniLM-L6-v2', input: ['Knead the dough.'] } },
    { route: 'GET /v1/models' },
    { route: 'GET /v1/models/:id', parameters: { id: 'all-MiniLM-L6-v2' } },
    { route: 'POST /api/models/add', body: { path: `${folder}/reranker`, name: 'tiny-reranker' } },
    { route: 'POST /api/models/verify', body: { model: 'tiny-reranker' } },
    {
      route: 'POST /api/rerank',
      body: { query: 'dough', passages: ['the tyres', 'the dough'], model: 'tiny-reranker' },
    },
    {
      route: 'POST /v1/rerank',
      body: { query: 'dough', documents: ['the tyres', 'the dough'], model: 'tiny-reranker' },
    },
    {
      route: 'POST /v2/rerank',
      body: { query: 'dough', documents: ['the tyres', 'the dough'], model: 'tiny-reranker', top_n: 1 },
    },
    { route: 'DELETE /api/models/:model', parameters: { model: 'tiny-reranker' } },
    { route: 'GET /api/models' },
    { route: 'GET /api/models/:model', parameters: { model: 'all-MiniLM-L6-v2' } },
    { route: 'POST /api/models/pull', body: { model: 'all-MiniLM-L6-v2' } },
    { route: 'POST /api/index/plan', body: { paths: [`${folder}/notes`] } },
    { route: 'POST /api/index', body: { paths: [`${folder}/notes`], collection: 'files' } },
    { route: 'GET /api/jobs/:id/events', parameters: { id: known.job }, answers: 'text' },
    { route: 'GET /api/jobs/:id', parameters: { id: known.job } },
    { route: 'POST /api/jobs', body: { operation: 'eval', input: { folder: `${folder}/beir`, mode: 'lexical' } } },
    { route: 'GET /api/jobs', query: { limit: '1', states: ['succeeded'] } },
    { route: 'POST /api/jobs/:id/cancel', parameters: { id: known.job } },
    { route: 'DELETE /api/jobs/:id', parameters: { id: known.job } },
    { route: 'POST /api/eval', body: { folder: `${folder}/beir`, mode: 'hybrid' } },
    { route: 'POST /api/bench/embed', body: { quick: true } },
    { route: 'GET /api/collections' },
    { route: 'GET /api/collections/:name', parameters: { name: 'notes' } },
    { route: 'DELETE /api/collections/:collection/documents/:id', parameters: { ...NOTES, id: 'soup' } },
    {
      route: 'POST /api/collections/:collection/documents/delete',
      parameters: NOTES,
      body: { filter: { year: { $lt: 2020 } } },
    },
    { route: 'GET /api/status' },
    { route: 'GET /api/metrics' },
    { route: 'GET /api/config' },
    { route: 'POST /api/doctor', body: {} },
    {
      route: 'POST /rpc',
      body: { jsonrpc: '2.0', id: 1, method: 'documents', params: { collection: 'notes', limit: 1 } },
    },
    { route: 'GET /healthz' },
    { route: 'GET /readyz' },
    { route: 'GET /metrics', answers: 'text' },
    { route: 'POST /api/backups', body: { path: backup } },
    { route: 'POST /api/backups/verify', body: { path: backup } },
    { route: 'GET /api/backups' },
    { route: 'POST /api/export', body: { path: `${folder}/notes.jsonl`, collection: 'notes' } },
    { route: 'POST /api/import', body: { path: `${folder}/notes.jsonl`, ifExists: 'replace' } },
    { route: 'GET /api/export', query: { collection: 'files' }, answers: 'text' },
    { route: 'GET /api/collections/:collection/export', parameters: { collection: 'files' }, answers: 'text' },
    { route: 'POST /api/compact', body: {} },
    { route: 'POST /api/migrations/plan', body: { to: 'letter-pairs', collection: 'files' } },
    { route: 'POST /api/migrations', body: { to: 'letter-pairs', collection: 'files', queries: 0 } },
    { route: 'POST /api/migrations/rollback', body: { collection: 'files' } },
    { route: 'POST /api/migrations/remove', body: { collection: 'files', index: 'new' } },
    { route: 'DELETE /api/collections/:name', parameters: { name: 'files' } },
    { route: 'GET /api/keys' },
    { route: 'POST /api/keys', body: { name: 'laptop', scope: 'admin', days: 90 } },
    { route: 'DELETE /api/keys/:id', parameters: { id: known.key } },
  ]
}

/** Routes without an example, each with the reason. */
export const WITHOUT_EXAMPLE: Record<string, string> = {
  'POST /mcp': 'its messages are those of the protocol: docs/mcp.md',
  'GET /openapi.json': 'it is what this page is made from',
  'GET /docs': 'it is this page, as HTML',
  'GET /docs/style.css': 'it is the look of that',
  'POST /api/import/lines': 'its lines are those of GET /api/export',
}
