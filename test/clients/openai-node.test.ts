import OpenAI, { AuthenticationError, BadRequestError, InternalServerError, NotFoundError } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cosine } from '../../src/core/vectors.ts'
import { DEFAULT_FOLDER, tokenizeBy } from '../support/embedding.ts'
import { type Listening, openListening } from '../support/listening.ts'

const MODEL = 'all-MiniLM-L6-v2'
const tokenize = tokenizeBy(DEFAULT_FOLDER)

let listening: Listening
let client: OpenAI
beforeAll(async () => {
  listening = await openListening()
  client = clientOf(listening)
})
afterAll(() => listening.close())

function clientOf({ url }: Listening, apiKey = 'unused'): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
}

function similarity(a: number[] | undefined, b: number[] | undefined): number {
  return cosine(Float32Array.from(a ?? []), Float32Array.from(b ?? []))
}

async function vectorsOf(input: OpenAI.EmbeddingCreateParams['input'], more: object = {}): Promise<number[][]> {
  const { data } = await client.embeddings.create({ model: MODEL, input, ...more })
  expect(data.map(({ index, object }) => [index, object])).toEqual(data.map((_, index) => [index, 'embedding']))
  return data.map(({ embedding }) => embedding)
}

describe('embeddings.create', () => {
  test('a text, as the client asks by itself: base64 that it decodes', async () => {
    const answer = await client.embeddings.create({ model: MODEL, input: 'hello world' })
    expect(answer).toEqual({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: expect.any(Array) }],
      model: MODEL,
      usage: { prompt_tokens: 4, total_tokens: 4 },
    })
    const vector = answer.data[0]?.embedding ?? []
    expect(vector).toHaveLength(384)
    expect(vector.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 5)
  })

  test('a list of texts, in order; tokens are counted over all', async () => {
    const texts = ['hello world', 'a small boat', 'hello world']
    const { data, usage } = await client.embeddings.create({ model: MODEL, input: texts })
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(usage).toEqual({ prompt_tokens: 4 + 5 + 4, total_tokens: 13 })
    expect(similarity(data[0]?.embedding, data[2]?.embedding)).toBeCloseTo(1, 6)
    expect(similarity(data[0]?.embedding, data[1]?.embedding)).toBeLessThan(0.5)
  })

  test('token ids of the model, one list or several, with and without special tokens', async () => {
    const [hello, boat] = [await tokenize('hello world'), await tokenize('a small boat')]
    const [text] = await vectorsOf('hello world')
    const [ids] = await vectorsOf(hello)
    expect(similarity(ids, text)).toBeCloseTo(1, 6)
    const [special] = await vectorsOf([101, ...hello, 102])
    expect(similarity(special, text)).toBeCloseTo(1, 6)
    const several = await vectorsOf([hello, boat])
    const texts = await vectorsOf(['hello world', 'a small boat'])
    expect(several).toHaveLength(2)
    // Int8 chooses its scales by the batch.
    for (const [at, vector] of several.entries()) expect(similarity(vector, texts[at])).toBeGreaterThan(0.965)
    const { usage } = await client.embeddings.create({ model: MODEL, input: hello })
    expect(usage.total_tokens).toBe(4)
  })

  test('both encodings say the same', async () => {
    const [float] = await vectorsOf('hello world', { encoding_format: 'float' })
    const [decoded] = await vectorsOf('hello world')
    const raw = await client.embeddings.create({ model: MODEL, input: 'hello world', encoding_format: 'base64' })
    const bytes = Buffer.from(raw.data[0]?.embedding as unknown as string, 'base64')
    const read = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
    expect(read).toEqual(decoded)
    expect(float?.map(Math.fround)).toEqual(decoded)
  })

  test('queries by a field, or by the model’s name', async () => {
    const asked = { input_type: 'query' } as object
    const byField = await client.embeddings.create({ model: 'default', input: 'boats', ...asked })
    const byName = await client.embeddings.create({ model: `${MODEL}:query`, input: 'boats' })
    expect(byName.model).toBe(MODEL)
    expect(byField.model).toBe(MODEL)
    expect(similarity(byName.data[0]?.embedding, byField.data[0]?.embedding)).toBeCloseTo(1, 6)
  })

  test('a text that was cut is told in a header', async () => {
    const { response } = await client.embeddings
      .create({ model: MODEL, input: ['word '.repeat(400), 'word'] })
      .withResponse()
    expect(response.headers.get('semdex-truncated')).toBe('1')
  })
})

describe('errors', () => {
  type Create = OpenAI.EmbeddingCreateParams
  test.each<[string, Partial<Create> & object, new (...args: never[]) => Error, object]>([
    ['OpenAI’s own model', { model: 'text-embedding-3-small' }, NotFoundError, { code: 'model_not_found' }],
    ['a path', { model: '../../etc' }, NotFoundError, { code: 'model_not_found' }],
    ['a folder’s name', { model: 'src' }, NotFoundError, { code: 'model_not_found' }],
    ['a known model that is not here', { model: 'jina-embeddings-v3' }, NotFoundError, { code: 'model_not_found' }],
    ['an empty text', { input: '' }, BadRequestError, { param: 'input' }],
    ['an empty text among others', { input: ['a', '', 'b'] }, BadRequestError, { param: 'input' }],
    ['no text', { input: [] }, BadRequestError, { param: 'input' }],
    ['too many texts', { input: Array(2_049).fill('a') }, BadRequestError, { param: 'input' }],
    ['texts and ids mixed', { input: ['a', 7] as never }, BadRequestError, { param: 'input' }],
    ['an id that the model lacks', { input: [4_000_000] }, BadRequestError, { param: 'input' }],
    ['a negative id', { input: [-1] }, BadRequestError, { param: 'input.0' }],
    ['no model', { model: undefined as never }, BadRequestError, { param: 'model' }],
    ['another width', { dimensions: 100 }, BadRequestError, { param: 'dimensions' }],
    ['another encoding', { encoding_format: 'hex' as never }, BadRequestError, { param: 'encoding_format' }],
    ['an unknown field', { inputs: 'a' } as never, BadRequestError, { param: 'inputs' }],
  ])('%s', async (_, change, type, expected) => {
    const asked = client.embeddings.create({ model: MODEL, input: 'a', ...change })
    const error = await asked.then(() => null).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ type: 'invalid_request_error', ...expected })
    expect((error as { error: object }).error).toEqual({
      message: expect.any(String),
      type: 'invalid_request_error',
      param: (expected as { param?: string }).param ?? null,
      code: expect.any(String),
    })
  })

  test('with embeddings off: 503 with the reason, and no models', async () => {
    const off = await openListening({ embeddings: false })
    const error = await clientOf(off)
      .embeddings.create({ model: 'default', input: 'a' })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InternalServerError)
    expect(error).toMatchObject({ status: 503, type: 'server_error', code: 'EMBEDDING_UNAVAILABLE' })
    expect((error as Error).message).toMatch(/switched off/)
    expect((await clientOf(off).models.list()).data).toEqual([])
    await off.close()
  })

  test('once there are keys, a wrong one is refused and a right one is not', async () => {
    const guarded = await openListening()
    const { key } = (await fetch(`${guarded.url}/api/operations/keys.create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'client', scope: 'read' }),
    }).then((response) => response.json())) as { key: string }
    // The server looks for keys again every second.
    const refused = () =>
      clientOf(guarded, 'wrong')
        .models.list()
        .then(() => null)
        .catch((thrown: unknown) => thrown)
    await expect.poll(refused, { timeout: 10_000 }).toBeInstanceOf(AuthenticationError)
    expect(await refused()).toMatchObject({ status: 401, code: 'invalid_api_key' })
    const right = await clientOf(guarded, key).embeddings.create({ model: 'default', input: 'a' })
    expect(right.data).toHaveLength(1)
    await guarded.close()
  })
})

describe('models', () => {
  test('are those of this machine', async () => {
    const { data } = await client.models.list()
    expect(data).toContainEqual({ id: MODEL, object: 'model', created: 0, owned_by: 'semdex' })
    expect(data.map(({ id }) => id)).not.toContain('jina-embeddings-v3')
    expect(await client.models.retrieve(MODEL)).toMatchObject({ id: MODEL })
    await expect(client.models.retrieve('gpt-4')).rejects.toBeInstanceOf(NotFoundError)
  })
})
