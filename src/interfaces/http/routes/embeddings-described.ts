import { inputJsonSchema, type JsonSchema, outputJsonSchema } from '../../wire/json-schema.ts'
import { findOperation } from '../../wire/operations.ts'
import { answerSchema, inputSchema } from '../openapi/components.ts'
import { JSON_TYPE, type RouteDescription } from '../openapi/description.ts'
import { BatchAnswer, BatchInput, GenerateAnswer, GenerateInput, StoredQuery } from './embedding-shapes.ts'

const OFF = 'Without a usable model, or with embeddings switched off: 503 with the reason.'

export async function describeEmbeddings(): Promise<readonly RouteDescription[]> {
  return [
    {
      method: 'POST',
      path: '/api/embeddings/generate',
      summary: 'Turn one text into a unit vector.',
      details: OFF,
      operation: 'embed',
      body: { [JSON_TYPE]: inputJsonSchema(GenerateInput) },
      answers: answered('The vector', outputJsonSchema(GenerateAnswer)),
    },
    {
      method: 'POST',
      path: '/api/embeddings/batch',
      summary: 'Turn texts into unit vectors, or embed what waits of stored documents.',
      details: `Either texts or ids. The failure of one does not fail the others: it is in errors, and null in its place. ${OFF}`,
      operation: 'embed',
      body: { [JSON_TYPE]: inputJsonSchema(BatchInput) },
      answers: answered('What became of each', outputJsonSchema(BatchAnswer)),
      errors: ['COLLECTION_NOT_FOUND', 'COLLECTION_MODEL_MISMATCH', 'DIMENSION_MISMATCH', 'VECTOR_INVALID'],
    },
    {
      method: 'GET',
      path: '/api/embeddings/:id',
      summary: 'Show a stored embedding with its model.',
      details: `The id is a chunk's, as search answers it; a document's lists those of its chunks. ${OFF}`,
      operation: 'embeddings.get',
      query: inputJsonSchema(StoredQuery),
      answers: answered('The embedding, or those of a document', answerSchema('embeddings.get')),
    },
    {
      method: 'GET',
      path: '/api/search/semantic',
      summary: 'Find the passages that are nearest to a query in meaning.',
      details: `Either q or query. ${OFF}`,
      operation: 'search.semantic',
      query: await semanticQuery(),
      answers: answered('The passages, nearest first', answerSchema('search.semantic')),
    },
    {
      method: 'POST',
      path: '/api/search/semantic',
      summary: 'Find the passages that are nearest to a query in meaning.',
      details: OFF,
      operation: 'search.semantic',
      body: { [JSON_TYPE]: inputSchema('search.semantic') },
      answers: answered('The passages, nearest first', answerSchema('search.semantic')),
    },
  ]
}

function answered(description: string, schema: JsonSchema): RouteDescription['answers'] {
  return { 200: { description, content: { [JSON_TYPE]: schema } } }
}

async function semanticQuery(): Promise<JsonSchema> {
  const { properties, ...schema } = inputJsonSchema((await findOperation('search.semantic')).input)
  const { query, ...others } = properties as Record<string, JsonSchema>
  return { ...schema, properties: { q: query, query, ...others }, required: [] }
}
