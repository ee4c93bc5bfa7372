import type * as v from 'valibot'
import { SemdexError } from '../../../core/errors.ts'
import { checkInput } from '../../../operations/operation.ts'
import { type Context, Hono } from '../../../vendor/hono.ts'
import { readJson } from '../body.ts'
import { call } from '../call.ts'
import { modelOf } from '../model-names.ts'
import type { Env } from '../server-parts.ts'
import { type RerankAnswer, RerankInput } from './rerank-shapes.ts'

/** What Cohere's client libraries ask for, of both versions of its API. */
export function rerankRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/v1/rerank', async (c) => c.json(await rerank(c, '1')))
  app.post('/v2/rerank', async (c) => c.json(await rerank(c, '2')))
  return app
}

type Given = v.InferOutput<typeof RerankInput>['documents'][number]

interface Reranking {
  results: { index: number; score: number }[]
  failed: { index: number; error: { message: string } }[]
}

async function rerank(c: Context<Env>, version: '1' | '2'): Promise<v.InferOutput<typeof RerankAnswer>> {
  const request = checkInput('rerank', RerankInput, await readJson(c))
  const { query, documents, model, top_n: limit, rank_fields: fields = ['text'], return_documents: returns } = request
  const { results, failed } = (await call(c, 'rerank', {
    query,
    passages: documents.map((document, index) => passageOf(document, index, fields)),
    ...(model !== undefined && (await modelOf(c, model))),
    ...(limit !== undefined && { limit }),
  })) as Reranking
  const warnings = failed.map(({ index, error }) => `documents.${index} has no score: ${error.message}`)
  return {
    id: crypto.randomUUID(),
    results: results.map(({ index, score }) => ({
      index,
      relevance_score: score,
      ...(returns && { document: asObject(documents[index] as Given) }),
    })),
    meta: { api_version: { version }, ...(warnings.length > 0 && { warnings }) },
  }
}

/** What of a document is read: a text as it is, of an object the fields that it has, one below the other. */
function passageOf(document: Given, index: number, fields: readonly string[]): string {
  if (typeof document === 'string') return document
  const values = fields.flatMap((field) => (Object.hasOwn(document, field) ? [document[field]] : []))
  if (values.length > 0)
    return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n')
  throw new SemdexError('INVALID_INPUT', {
    message: `documents.${index} has none of the fields ${fields.join(', ')}.`,
    fix: 'Name the fields that are to be read: rank_fields',
    details: { field: `documents.${index}` },
  })
}

function asObject(document: Given): Record<string, unknown> {
  return typeof document === 'string' ? { text: document } : document
}
