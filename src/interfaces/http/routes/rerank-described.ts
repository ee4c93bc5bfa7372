import { inputJsonSchema, type JsonSchema, outputJsonSchema } from '../../wire/json-schema.ts'
import { JSON_TYPE, type RouteDescription } from '../openapi/description.ts'
import { RerankAnswer, RerankInput } from './rerank-shapes.ts'

/** As Cohere's client libraries read it. */
const FAILURE: JsonSchema = {
  type: 'object',
  properties: {
    message: { type: 'string' },
    code: { type: 'string', description: 'Stable' },
    details: { type: 'object', description: 'For programs; `field` names what was wrong in the input' },
  },
  required: ['message', 'code'],
  additionalProperties: false,
}

export async function describeReranking(): Promise<readonly RouteDescription[]> {
  return (['/v1/rerank', '/v2/rerank'] as const).map((path) => ({
    method: 'POST',
    path,
    summary: "Cohere's reranking: documents by how well they answer a query.",
    details: 'A reranker must be named: none comes with Semdex.',
    operation: 'rerank',
    body: { [JSON_TYPE]: inputJsonSchema(RerankInput) },
    answers: { 200: { description: 'Best first', content: { [JSON_TYPE]: outputJsonSchema(RerankAnswer) } } },
    failure: FAILURE,
  }))
}
