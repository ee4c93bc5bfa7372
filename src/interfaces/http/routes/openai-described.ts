import { inputJsonSchema, type JsonSchema, outputJsonSchema } from '../../wire/json-schema.ts'
import { JSON_TYPE, type RouteDescription } from '../openapi/description.ts'
import { EmbeddingsAnswer, EmbeddingsInput, ModelAnswer, ModelsAnswer } from './openai-shapes.ts'

/** As OpenAI's client libraries read it. */
const FAILURE: JsonSchema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        message: { type: 'string' },
        type: { type: 'string' },
        param: { type: ['string', 'null'] },
        code: { type: 'string' },
      },
      required: ['message', 'type', 'param', 'code'],
      additionalProperties: false,
    },
  },
  required: ['error'],
  additionalProperties: false,
}

export async function describeOpenAi(): Promise<readonly RouteDescription[]> {
  return [
    {
      method: 'POST',
      path: '/v1/embeddings',
      summary: "OpenAI's embeddings: texts or token ids of the model.",
      operation: 'embed',
      body: { [JSON_TYPE]: inputJsonSchema(EmbeddingsInput) },
      answers: answered('The vectors', outputJsonSchema(EmbeddingsAnswer)),
      failure: FAILURE,
    },
    {
      method: 'GET',
      path: '/v1/models',
      summary: "OpenAI's list of models: those that are on this machine.",
      operation: 'models',
      answers: answered('The models', outputJsonSchema(ModelsAnswer)),
      failure: FAILURE,
    },
    {
      method: 'GET',
      path: '/v1/models/:id',
      summary: "One of OpenAI's list of models.",
      operation: 'models',
      answers: answered('The model', outputJsonSchema(ModelAnswer)),
      errors: ['MODEL_UNKNOWN'],
      failure: FAILURE,
    },
  ]
}

function answered(description: string, schema: JsonSchema): RouteDescription['answers'] {
  return { 200: { description, content: { [JSON_TYPE]: schema } } }
}
