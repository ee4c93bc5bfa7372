import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cosine } from '../../src/core/vectors.ts'
import { inRepository } from '../support/assets.ts'
import { DEFAULT_FOLDER, tokenizeBy } from '../support/embedding.ts'
import { type Listening, openListening } from '../support/listening.ts'
import { CLIENTS, missingClient } from './environments.ts'

interface Created {
  model: string
  indexes: number[]
  vectors: number[][]
  usage: [number, number]
}

interface Told {
  models: string[]
  one: Created
  many: Created
  ids: Created
  lists: Created
  float: Created
  base64: number[]
  query: Created
  suffixed: Created
  errors: Record<string, [type: string, status: number, code: string, param: string | null]>
}

const reason = missingClient('python')

describe.skipIf(reason !== null)(`OpenAI's Python client${reason ? ` (${reason})` : ''}`, () => {
  let listening: Listening
  let told: Told
  beforeAll(async () => {
    listening = await openListening()
    const ids = await tokenizeBy(DEFAULT_FOLDER)('hello world')
    const script = inRepository('test/clients/python/embeddings.py')
    const python = `${CLIENTS.python}/bin/python`
    const { stdout } = await promisify(execFile)(python, [script, listening.url, JSON.stringify(ids)])
    told = JSON.parse(stdout)
  }, 120_000)
  afterAll(() => listening?.close())

  function like(given: number[] | undefined): number {
    return cosine(Float32Array.from(given ?? []), Float32Array.from(told.one.vectors[0] ?? []))
  }

  test('lists the models', () => {
    expect(told.models).toContain('all-MiniLM-L6-v2')
  })

  test('embeds every form of input', () => {
    expect(told.one).toMatchObject({ model: 'all-MiniLM-L6-v2', indexes: [0], usage: [4, 4] })
    expect(told.one.vectors[0]).toHaveLength(384)
    expect(told.many).toMatchObject({ indexes: [0, 1], usage: [9, 9] })
    expect(like(told.many.vectors[0])).toBeGreaterThan(0.965)
    expect(like(told.ids.vectors[0])).toBeCloseTo(1, 6)
    expect(told.lists).toMatchObject({ indexes: [0, 1], usage: [8, 8] })
    for (const vector of told.lists.vectors) expect(like(vector)).toBeGreaterThan(0.965)
  })

  test('reads both encodings, and says what is a query', () => {
    expect(told.base64.map(Math.fround)).toEqual(told.float.vectors[0]?.map(Math.fround))
    expect(like(told.float.vectors[0])).toBeCloseTo(1, 6)
    expect(told.suffixed.vectors).toEqual(told.query.vectors)
  })

  test('raises its own errors', () => {
    expect(told.errors).toEqual({
      'unknown model': ['NotFoundError', 404, 'model_not_found', null],
      'empty text': ['BadRequestError', 400, 'INVALID_INPUT', 'input'],
      width: ['BadRequestError', 400, 'INVALID_INPUT', 'dimensions'],
      'no such model': ['NotFoundError', 404, 'model_not_found', null],
    })
  })
})
