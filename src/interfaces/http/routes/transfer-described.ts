import { ExportStreamInput, ImportStreamInput } from '../../../operations/upkeep/transfer.ts'
import { inputJsonSchema, type JsonSchema } from '../../wire/json-schema.ts'
import { LINES } from '../assert-lines.ts'
import type { RouteDescription } from '../openapi/description.ts'

const EXPORTED = {
  200: {
    description: 'The export: a header, each collection with its documents, and a last line {"type": "end"}',
    content: { [LINES]: { type: 'string' } },
  },
}
const DETAILS =
  'Each document is as it was when its line was made; lines are made as they are read. An answer without the last line was broken off.'

/** Exports and imports that go over the connection instead of through files of the server's machine. */
export async function describeTransfer(): Promise<readonly RouteDescription[]> {
  const query = inputJsonSchema(ExportStreamInput)
  const { collection = {} } = query.properties as Record<string, JsonSchema>
  return [
    {
      ...{ method: 'GET', path: '/api/export', operation: 'export', query, answers: EXPORTED },
      summary: 'Send documents with their vectors and all else that is stored of them, as JSON lines.',
      details: DETAILS,
    },
    {
      ...{ method: 'GET', path: '/api/collections/:collection/export', operation: 'export', answers: EXPORTED },
      summary: 'Send one collection’s documents with their vectors and all else that is stored of them, as JSON lines.',
      details: DETAILS,
      parameters: { collection },
    },
    {
      ...{ method: 'POST', path: '/api/import/lines', operation: 'import' },
      summary: 'Take in the lines of an export: documents, with their vectors and all else that was stored of them.',
      details:
        'Each line that could not be taken is answered with a line {line, ok, error}, in order; the last line has the totals. A bad line costs itself alone; what was taken in stays. Only the lines of another Semdex’s export make sense here, not those of bulk ingestion.',
      query: inputJsonSchema(ImportStreamInput),
      body: { [LINES]: { type: 'string', description: 'What GET /api/export or semdex export wrote' } },
      answers: {
        200: {
          description: 'The lines that could not be taken, and the totals',
          content: { [LINES]: { type: 'string' } },
        },
      },
      errors: ['IMPORT_INVALID', 'MEDIA_TYPE_UNSUPPORTED'],
    },
  ]
}
