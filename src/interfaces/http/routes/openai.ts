import type * as v from 'valibot'
import { SemdexError } from '../../../core/errors.ts'
import { checkInput } from '../../../operations/operation.ts'
import { type Context, Hono } from '../../../vendor/hono.ts'
import { readJson } from '../body.ts'
import { installedModels, modelOf, publicName, unknownModel } from '../model-names.ts'
import type { Env } from '../server-parts.ts'
import { embedTexts } from './embeddings.ts'
import { type EmbeddingsAnswer, EmbeddingsInput, type ModelAnswer, type ModelsAnswer } from './openai-shapes.ts'

/** What OpenAI's client libraries ask for: embeddings, and the models that make them. */
export function openAiRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/embeddings', async (c) => c.json(await createEmbeddings(c)))
  app.get('/models', async (c) => c.json(await listModels(c)))
  app.get('/models/:id', async (c) => {
    const id = c.req.param('id')
    const model = (await listModels(c)).data.find((each) => each.id === id)
    if (!model) throw unknownModel(id)
    return c.json(model)
  })
  return app
}

type Request = v.InferOutput<typeof EmbeddingsInput>

async function createEmbeddings(c: Context<Env>): Promise<v.InferOutput<typeof EmbeddingsAnswer>> {
  const request = checkInput('embeddings', EmbeddingsInput, await readJson(c))
  const { name, kind } = namedKind(request)
  const answer = await embedTexts(c, {
    texts: textsOf(request.input),
    kind,
    ...(await modelOf(c, name)),
    ...(request.dimensions !== undefined && { dimensions: request.dimensions }),
    base64: request.encoding_format === 'base64',
  })
  let tokens = 0
  const data = answer.results.map((result, index) => {
    if (!result.ok) throw refused(index, result.error.message)
    tokens += result.tokens ?? 0
    return { object: 'embedding' as const, index, embedding: result.embedding }
  })
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  return { object: 'list', data, model: publicName(answer.model), usage }
}

/** `name:query` is for clients that can say nothing but a model's name. */
function namedKind({ model, input_type: type }: Request): { name: string; kind: 'query' | 'passage' } {
  const [, name = model, suffix] = /^(.+):(query|passage)$/.exec(model) ?? []
  const isQuery = (type ?? suffix)?.endsWith('query') ?? false
  return { name, kind: isQuery ? 'query' : 'passage' }
}

/** A list of numbers is one text. */
function textsOf(input: Request['input']): (string | number[])[] {
  if (typeof input === 'string') return [input]
  return typeof input[0] === 'number' ? [input as number[]] : (input as (string | number[])[])
}

/** All or nothing, as there: the answer has no place for an error beside vectors. */
function refused(index: number, reason: string): SemdexError {
  return new SemdexError('INVALID_INPUT', {
    message: `input.${index}: ${reason}`,
    details: { field: 'input', index },
  })
}

/** The models of this machine, rerankers included; none where models are switched off. */
async function listModels(c: Context<Env>): Promise<v.InferOutput<typeof ModelsAnswer>> {
  if (!c.get('caller').parts.configuration.embeddings) return { object: 'list', data: [] }
  const names = new Set((await installedModels(c)).map(publicName))
  return { object: 'list', data: [...names].map(describe) }
}

function describe(id: string): v.InferOutput<typeof ModelAnswer> {
  return { id, object: 'model', created: 0, owned_by: 'semdex' }
}
