import type * as v from 'valibot'
import { type ErrorAnswer, SemdexError, toSemdexError } from '../../../core/errors.ts'
import { asUnavailable } from '../../../core/unavailable.ts'
import { checkInput } from '../../../operations/operation.ts'
import { type Context, Hono } from '../../../vendor/hono.ts'
import { readJson } from '../body.ts'
import { call } from '../call.ts'
import { joinInput, readQuery } from '../input.ts'
import type { Env } from '../server-parts.ts'
import { type BatchAnswer, BatchInput, type GenerateAnswer, GenerateInput } from './embedding-shapes.ts'

/** Vectors of texts, vectors that are stored, and search by meaning alone. Without a usable model all of them answer 503. */
export function embeddingRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/embeddings/generate', async (c) => c.json(await generate(c)))
  app.post('/embeddings/batch', async (c) => c.json(await embedBatch(c)))
  app.get('/embeddings/:id', async (c) => {
    const query = await readQuery(new URL(c.req.url).searchParams, 'embeddings.get')
    return c.json(await call(c, 'embeddings.get', joinInput({ path: c.req.param(), query })))
  })
  app.on(['GET', 'POST'], '/search/semantic', async (c) => {
    const query = await readQuery(new URL(c.req.url).searchParams, 'search.semantic')
    const body = c.req.method === 'POST' ? await readJson(c) : undefined
    return c.json(await call(c, 'search.semantic', withLongNames(joinInput({ query, body }))))
  })
  return app
}

/** What the operation `embed` answers, as JSON. */
export interface EmbedAnswer {
  model: string
  dimensions: number
  results: (
    | { ok: true; embedding: number[] | string; tokens: number | null; truncated: boolean | null; repaired?: true }
    | { ok: false; error: ReturnType<SemdexError['toJSON']> }
  )[]
  timings: { total: number; load: number }
}

async function generate(c: Context<Env>): Promise<v.InferOutput<typeof GenerateAnswer>> {
  const { text, ...options } = checkInput('embeddings/generate', GenerateInput, await readJson(c))
  const { model, dimensions, results, timings } = await embedTexts(c, { texts: [text], ...options })
  const result = results[0] as EmbedAnswer['results'][number]
  if (!result.ok) throw ofText(result.error)
  return {
    embedding: result.embedding as number[],
    dimensions,
    model,
    tokens: result.tokens,
    inference_ms: timings.total - timings.load,
  }
}

/** The one text that was given is the field that was wrong. */
function ofText({ details, ...error }: ErrorAnswer): SemdexError {
  return SemdexError.fromJSON({ ...error, details: { ...details, field: 'text' } })
}

async function embedBatch(c: Context<Env>): Promise<v.InferOutput<typeof BatchAnswer>> {
  const began = performance.now()
  const { texts, ids, ...options } = checkInput('embeddings/batch', BatchInput, await readJson(c))
  const { results } = texts
    ? await embedTexts(c, { texts, ...options })
    : ((await call(c, 'embeddings.fill', { ids, ...options })) as FillAnswer)
  const errors = results.flatMap((result, index) =>
    result.ok ? [] : [{ index, code: result.error.code, message: result.error.message }],
  )
  return {
    processed: results.length - errors.length,
    failed: errors.length,
    ...(errors.length > 0 && { errors }),
    time_ms: performance.now() - began,
    ...(texts && {
      embeddings: results.map((result) => ('embedding' in result ? (result.embedding as number[]) : null)),
    }),
  }
}

interface FillAnswer {
  results: ({ ok: true } | { ok: false; error: ReturnType<SemdexError['toJSON']> })[]
}

interface TextsInput {
  texts: readonly (string | readonly number[])[]
  model?: string | undefined
  [field: string]: unknown
}

/** `embed`, where a model that the caller did not name and that cannot be used is the server's failure. */
export async function embedTexts(c: Context<Env>, input: TextsInput) {
  try {
    const answer = (await call(c, 'embed', { ...input, timings: true })) as EmbedAnswer
    tellFlags(c, answer)
    return answer
  } catch (thrown) {
    const error = toSemdexError(thrown)
    throw input.model === undefined ? asUnavailable('Embedding', error) : error
  }
}

/** How many texts were cut or repaired, in headers: the answers have no place for it. */
function tellFlags(c: Context<Env>, { results }: EmbedAnswer): void {
  for (const flag of ['truncated', 'repaired'] as const) {
    const flagged = results.filter((result) => result.ok && result[flag]).length
    if (flagged > 0) c.header(`semdex-${flag}`, `${flagged}`)
  }
}

/** `q` is a short name of `query`. */
function withLongNames({ q, ...input }: Record<string, unknown>): Record<string, unknown> {
  return q === undefined ? input : joinInput({ query: input, q: { query: q } })
}
