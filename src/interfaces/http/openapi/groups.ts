/** The parts of the API, in the order of its descriptions, each with the beginnings of its paths. */
export const GROUPS: readonly { name: string; description: string; paths: readonly string[] }[] = [
  { name: 'Search', description: 'Find passages by meaning and by keyword.', paths: ['/api/search', '/api/rerank'] },
  {
    name: 'Documents',
    description: 'Store texts and files, list, read and remove them.',
    paths: ['/api/collections/:collection/', '/api/document'],
  },
  { name: 'Collections', description: 'Named sets of documents, each with its model.', paths: ['/api/collections'] },
  { name: 'Memory', description: 'What is worth remembering, recalled by meaning.', paths: ['/api/memory'] },
  {
    name: 'Artifacts',
    description: 'Templates, patterns and documents with their history.',
    paths: ['/api/artifacts'],
  },
  { name: 'Embeddings', description: 'Vectors of texts.', paths: ['/api/embed', '/api/backfill'] },
  {
    name: 'Models',
    description: 'The models of the machine, and moves to another.',
    paths: ['/api/models', '/api/migrations'],
  },
  { name: 'Jobs', description: 'What takes long.', paths: ['/api/jobs', '/api/index'] },
  {
    name: 'Upkeep',
    description: 'Backups, exports and imports, and space given back.',
    paths: ['/api/backups', '/api/export', '/api/import', '/api/compact', '/api/doctor'],
  },
  { name: 'OpenAI and Cohere', description: 'What their clients ask for.', paths: ['/v1/', '/v2/'] },
  { name: 'JSON-RPC and MCP', description: 'The same operations in other protocols.', paths: ['/rpc', '/mcp'] },
  {
    name: 'Operations by name',
    description: 'Every operation, with its input as the body.',
    paths: ['/api/operations/'],
  },
  {
    name: 'Server',
    description: 'Its state, its keys, and its own description.',
    paths: ['/api/', '/healthz', '/readyz', '/metrics', '/openapi.json', '/docs'],
  },
]

export function groupOf(path: string): string {
  return (
    GROUPS.find(({ paths }) => paths.some((begin) => path.startsWith(begin))) ?? (GROUPS.at(-1) as { name: string })
  ).name
}
