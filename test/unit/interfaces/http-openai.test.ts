import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServed, type Served } from '../../support/served.ts'

// The official clients are in test/clients; here is what they do not show.

const REQUEST = { model: 'default', input: 'hello world' }

let served: Served
beforeAll(() => {
  served = openServed()
})
afterAll(() => served.close())

describe('POST /v1/embeddings', () => {
  test('answers what OpenAI answers, and nothing else', async () => {
    const { status, body } = await served.request('POST', '/v1/embeddings', REQUEST)
    expect(status).toBe(200)
    expect(body).toEqual({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: expect.any(Array) }],
      model: 'all-MiniLM-L6-v2',
      usage: { prompt_tokens: 4, total_tokens: 4 },
    })
    const { body: own } = await served.request('POST', '/api/embeddings/generate', { text: REQUEST.input })
    expect(body.data[0].embedding).toEqual(own.embedding)
  })

  test('base64 is little-endian float32', async () => {
    const { body: float } = await served.request('POST', '/v1/embeddings', REQUEST)
    const { body } = await served.request('POST', '/v1/embeddings', { ...REQUEST, encoding_format: 'base64' })
    const bytes = Buffer.from(body.data[0].embedding, 'base64')
    expect(bytes).toHaveLength(4 * 384)
    expect(bytes.readFloatLE(4 * 7)).toBe(Math.fround(float.data[0].embedding[7]))
  })

  test('a user is taken, and 2,048 texts are', async () => {
    const asked = { ...REQUEST, user: 'someone', input: Array(2_048).fill('a') }
    const { status, body } = await served.request('POST', '/v1/embeddings', asked)
    expect(status).toBe(200)
    expect(body.data).toHaveLength(2_048)
    expect(body.data[2_047].index).toBe(2_047)
    expect(body.usage.total_tokens).toBe(2_048 * 3)
  })
})

describe('errors below /v1 have OpenAI’s shape, wherever they come from', () => {
  const json = { 'content-type': 'application/json' }
  test.each<[string, string, string, unknown, Record<string, string>, number, string | null, string]>([
    ['broken JSON', 'POST', '/v1/embeddings', '{"input": ', json, 400, 'body', 'INVALID_INPUT'],
    ['a list', 'POST', '/v1/embeddings', [], {}, 400, null, 'INVALID_INPUT'],
    [
      'another type',
      'POST',
      '/v1/embeddings',
      'a=b',
      { 'content-type': 'text/plain' },
      415,
      null,
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    ['another method', 'GET', '/v1/embeddings', undefined, {}, 405, null, 'METHOD_NOT_ALLOWED'],
    ['another path', 'POST', '/v1/chat/completions', {}, {}, 404, null, 'NOT_FOUND'],
    ['another host', 'GET', '/v1/models', undefined, { host: 'evil.example' }, 403, null, 'ORIGIN_REFUSED'],
    ['no such model', 'GET', '/v1/models/gpt-4', undefined, {}, 404, null, 'model_not_found'],
  ])('%s', async (_, method, path, body, headers, status, param, code) => {
    const answer = await served.request(method, path, body, headers)
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param, code },
    })
  })

  test('too many calls', async () => {
    const limited = openServed({ embeddingRateLimit: 1 })
    await limited.request('POST', '/v1/embeddings', REQUEST)
    const { status, headers, body } = await limited.request('POST', '/v1/embeddings', REQUEST)
    expect({ status, error: body.error }).toMatchObject({
      status: 429,
      error: { type: 'requests', code: 'rate_limit_exceeded' },
    })
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    await limited.close()
  })
})
