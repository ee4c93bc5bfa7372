import { inputJsonSchema, type JsonSchema } from '../../wire/json-schema.ts'
import { findOperation } from '../../wire/operations.ts'
import { answerSchema } from '../openapi/components.ts'
import { JSON_TYPE, type RouteDescription } from '../openapi/description.ts'

const LINES = 'application/x-ndjson'

/** Documents and files in other forms than the operations' own. */
export async function describeUploads(): Promise<readonly RouteDescription[]> {
  const query = await optionsOf('add', 'documents')
  return [
    {
      method: 'POST',
      path: '/api/collections/:collection/documents/bulk',
      summary: 'Store any number of documents: a line of JSON in for each, a line of JSON out for each.',
      details:
        'Lines are answered in order, once the document is stored: {line, id, ok, chunks} or {line, id, ok, error}; the last line has the totals. A bad line costs itself alone.',
      operation: 'add',
      query,
      body: { [LINES]: { type: 'string', description: 'Each line a document: {"id", "text", "title"?, "metadata"?}' } },
      answers: { 200: { description: 'What became of each line', content: { [LINES]: { type: 'string' } } } },
    },
    {
      method: 'POST',
      path: '/api/collections/:collection/files',
      summary: 'Store files, read as files on disk are.',
      details:
        'As JSON with base64, as a form (multipart/form-data), or one as the body, with its name in the query string.',
      operation: 'add.files',
      query: {
        ...query,
        properties: {
          name: { type: 'string', description: 'Of the file that is the body' },
          ...(query.properties as Record<string, JsonSchema>),
        },
      },
      body: {
        [JSON_TYPE]: await filesBody(),
        'multipart/form-data': {
          type: 'object',
          properties: {
            file: { type: 'array', items: { type: 'string', contentMediaType: 'application/octet-stream' } },
          },
        },
        'application/octet-stream': {},
      },
      answers: {
        200: { description: 'What became of each file', content: { [JSON_TYPE]: answerSchema('add.files') } },
      },
    },
  ]
}

/** What of an operation's input may stand in the query string, beside the body. */
async function optionsOf(operation: string, body: string): Promise<JsonSchema> {
  const schema = inputJsonSchema((await findOperation(operation)).input)
  const { collection: _, [body]: __, ...properties } = schema.properties as Record<string, JsonSchema>
  return { ...schema, properties, required: [] }
}

async function filesBody(): Promise<JsonSchema> {
  const schema = inputJsonSchema((await findOperation('add.files')).input)
  const { files } = schema.properties as Record<string, JsonSchema>
  return { type: 'object', properties: { files }, required: ['files'], additionalProperties: false }
}
