import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import type { Embedder, EmbedResult } from '../../src/core/ports/embedder.ts'
import { createEmbedder } from '../../src/embedding/embedder.ts'
import { openRemoteEngine } from '../../src/embedding/runtimes/remote/engine.ts'
import type { RequestLimits } from '../../src/embedding/runtimes/remote/plan-requests.ts'
import { PATIENCE, type Patience } from '../../src/embedding/runtimes/remote/retry.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, largestDifference, openTestEmbedder, vectorsOf } from '../support/embedding.ts'
import {
  answers,
  cuts,
  type EmbeddingsServer,
  fails,
  openEmbeddingsServer,
  remoteSpec,
  slow,
  stalls,
} from '../support/embeddings-server.ts'

const HASTE: Patience = { ...PATIENCE, attempts: 4, firstWait: 5, longestWait: 20 }
const KEY = 'sk-test-0123456789abcdef'

describeWithAssets('a server that embeds', ['fixtures/tiny-bert-mean'], () => {
  const folder = asset('fixtures/tiny-bert-mean')
  let local: Embedder
  let served: ModelSpec
  let server: EmbeddingsServer
  const opened: Embedder[] = []
  beforeAll(async () => {
    served = await folderSpec(folder)
    local = await openTestEmbedder({ spec: served, folder })
    server = await openEmbeddingsServer(await openTestEmbedder({ spec: served, folder }))
  }, 60_000)
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((embedder) => embedder.close()))
    server.forget()
  })
  afterAll(() => Promise.all([local.close(), server.close()]))

  interface Given {
    remote?: Partial<ModelSpec['remote']>
    dimensions?: number
    key?: string | null
    patience?: Partial<Patience>
    limits?: RequestLimits
  }

  function open({ remote, dimensions, key = null, patience, limits }: Given = {}): Embedder {
    const spec = { ...remoteSpec(server.url, served, remote), ...(dimensions && { dimensions }) }
    const engine = openRemoteEngine({ spec, key, patience: { ...HASTE, ...patience }, ...(limits && { limits }) })
    const embedder = createEmbedder(spec, 'served', engine)
    opened.push(embedder)
    return embedder
  }

  const embed = (embedder: Embedder, texts: readonly string[]) => embedder.embed(texts, { kind: 'passage' })
  const numbered = (count: number) => Array.from({ length: count }, (_, at) => `text number ${at}`)
  const codes = (results: readonly EmbedResult[]) => results.map((result) => (result.ok ? 'ok' : result.error.code))

  async function expectRight(results: readonly EmbedResult[], texts: readonly string[]): Promise<void> {
    const expected = vectorsOf(await embed(local, texts))
    for (const [at, vector] of vectorsOf(results).entries()) {
      expect(largestDifference(vector, expected[at] as Float32Array), texts[at]).toBeLessThan(1e-5)
    }
  }

  async function failureOf(work: Promise<unknown>): Promise<SemdexError> {
    const error = await work.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(SemdexError)
    return error as SemdexError
  }

  describe('is asked', () => {
    test('for base64 of what the spec names, with the key and nothing else', async () => {
      const embedder = open({ remote: { keyVariable: 'THE_KEY' }, key: ` ${KEY}\n` })
      await expectRight(await embed(embedder, ['one', 'two']), ['one', 'two'])
      expect(server.requests).toMatchObject([{ path: '/v1/embeddings', headers: { authorization: `Bearer ${KEY}` } }])
      expect(server.requests[0]?.body).toEqual({ model: 'tiny', input: ['one', 'two'], encoding_format: 'base64' })
    })

    test('without a key where the spec names no variable', async () => {
      await embed(open({ key: KEY }), ['one'])
      expect(server.requests[0]?.headers.authorization).toBeUndefined()
    })

    test('by requests of bounded size, a few at a time, and answered in order', async () => {
      const texts = [...numbered(40), 'long '.repeat(300), ...numbered(10)]
      server.always(() => slow(10))
      const limits = { texts: 8, bytes: 1_000, numbers: 1e9 }
      await expectRight(await embed(open({ limits }), texts), texts)
      const sizes = server.requests.map(({ body: { input } }) => Buffer.byteLength(input.join('')))
      expect(
        server.requests.every(({ body: { input } }, at) => input.length === 1 || (sizes[at] as number) <= 1_000),
      ).toBe(true)
      expect(Math.max(...server.requests.map(({ body: { input } }) => input.length))).toBe(8)
      expect(server.mostTogether).toBe(4)
    })

    test('by requests whose answers are bounded too', async () => {
      await embed(open({ limits: { texts: 100, bytes: 1e9, numbers: 48 * 5 } }), numbered(12))
      expect(server.requests.map(({ body }) => body.input.length).sort()).toEqual([2, 5, 5])
    })

    test('for a query before passages that wait', async () => {
      server.always(() => slow(30))
      const embedder = open({ limits: { texts: 1, bytes: 1e9, numbers: 1e9 } })
      const passages = embed(embedder, numbered(30))
      await expect.poll(() => server.requests.length).toBe(4)
      await embedder.embed(['the query'], { kind: 'query' })
      expect(server.requests.findIndex(({ body }) => body.input[0] === 'the query')).toBeLessThan(10)
      expect(codes(await passages)).toEqual(numbered(30).map(() => 'ok'))
    })

    test('and tells the tokens of a text alone, and of no text among others', async () => {
      const embedder = open()
      const [own] = (await embed(local, ['one'])) as [EmbedResult & { ok: true }]
      expect(await embed(embedder, ['one'])).toMatchObject([{ ok: true, tokens: own.tokens, truncated: null }])
      expect(await embed(embedder, ['one', 'two'])).toMatchObject([{ tokens: null }, { tokens: null }])
      server.next(answers(({ data }) => ({ data, usage: { prompt_tokens: 0 } })))
      expect(await embed(embedder, ['one'])).toMatchObject([{ tokens: null }])
    })
  })

  describe('is asked again', () => {
    test.each([408, 409, 425, 429, 500, 502, 503, 504, 529])('after %i', async (status) => {
      server.next(fails(status), fails(status))
      await expectRight(await embed(open(), ['one']), ['one'])
      expect(server.requests).toHaveLength(3)
    })

    test.each(['before', 'within'] as const)('after a connection that is cut %s the answer', async (where) => {
      server.next(cuts(where), cuts(where))
      await expectRight(await embed(open(), ['one', 'two']), ['one', 'two'])
      expect(server.requests).toHaveLength(3)
    })

    test('after no answer in time', async () => {
      server.next(stalls)
      await expectRight(await embed(open({ patience: { request: 300 } }), ['one']), ['one'])
      expect(server.requests).toMatchObject([{ cancelled: true }, { cancelled: false }])
    })

    test.each([
      ['seconds', () => ({ 'retry-after': '1' }), 950],
      ['a date', () => ({ 'retry-after': new Date(Date.now() + 3_000).toUTCString() }), 1_500],
      ['milliseconds', () => ({ 'retry-after-ms': '400', 'retry-after': '60' }), 380],
    ])('when the server says, in %s', async (_, headers, least) => {
      server.next(fails(429, {}, headers()))
      await embed(open(), ['one'])
      const [first, second] = server.requests
      expect((second?.at as number) - (first?.at as number)).toBeGreaterThan(least)
    })

    test('a limited number of times, fewer for a query', async () => {
      server.always(() => fails(503, { error: { message: 'overloaded' } }))
      const embedder = open()
      const error = await failureOf(embed(embedder, ['one']))
      expect(error).toMatchObject({
        code: 'REMOTE_FAILED',
        message: `The server ${server.url}/embeddings answered 503 4 times: overloaded`,
        details: { url: `${server.url}/embeddings`, status: 503, attempts: 4 },
      })
      expect(server.requests).toHaveLength(4)
      await failureOf(embedder.embed(['one'], { kind: 'query' }))
      expect(server.requests).toHaveLength(4 + 3)
    })

    test('not at all where it would have to wait too long', async () => {
      server.next(fails(429, {}, { 'retry-after': '3600' }))
      expect(await failureOf(embed(open(), ['one']))).toMatchObject({ code: 'REMOTE_FAILED', details: { status: 429 } })
      expect(server.requests).toHaveLength(1)
    })

    test('with longer and longer pauses that are not the same for all', async () => {
      const pauses: number[][] = []
      for (let run = 0; run < 3; run++) {
        server.forget()
        server.always(() => fails(500))
        await failureOf(embed(open({ patience: { firstWait: 60, longestWait: 1_000, attempts: 4 } }), ['one']))
        const times = server.requests.map(({ at }) => at)
        pauses.push(times.slice(1).map((at, index) => at - (times[index] as number)))
      }
      for (const [first = 0, , third = 0] of pauses) {
        expect(first).toBeGreaterThanOrEqual(29)
        expect(third).toBeGreaterThanOrEqual(119)
      }
      expect(new Set(pauses.map(([first = 0]) => Math.round(first * 1e3))).size).toBeGreaterThan(1)
    })
  })

  describe('whose last word is no', () => {
    test.each([401, 403])('%i says which variable to set, and never the key', async (status) => {
      server.always(() => fails(status, { error: { message: `Incorrect API key provided: ${KEY}. Find yours.` } }))
      const error = await failureOf(embed(open({ remote: { keyVariable: 'THE_KEY' }, key: KEY }), numbered(300)))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', fix: expect.stringContaining('THE_KEY') })
      expect(error.message).toContain('Incorrect API key provided: ***. Find yours.')
      expect(server.requests.length).toBeLessThanOrEqual(4)
      const told = JSON.stringify([error.toJSON(), error.stack, String(error.cause)])
      expect(told).not.toContain(KEY)
    })

    test('401 without a key names the place for it', async () => {
      server.always(() => fails(401))
      expect((await failureOf(embed(open(), ['one']))).fix).toContain('remote.keyVariable')
    })

    test('404 names the address and the model', async () => {
      const error = await failureOf(embed(open({ remote: { url: `${server.url}/wrong` } }), ['one']))
      expect(error).toMatchObject({
        code: 'REMOTE_FAILED',
        details: { url: `${server.url}/wrong/embeddings`, status: 404 },
      })
      expect(error.fix).toContain('remote.model (tiny)')
    })

    test('a redirect is not followed', async () => {
      server.always(() => fails(307, '', { location: 'https://elsewhere.example/v1/embeddings' }))
      const error = await failureOf(embed(open(), ['one']))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', fix: expect.stringContaining('https://elsewhere.example') })
      expect(server.requests).toHaveLength(1)
    })

    test('nobody listens', async () => {
      const closed = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => closed.once('listening', resolve))
      const { port } = closed.address() as { port: number }
      await new Promise((resolve) => closed.close(resolve))
      const error = await failureOf(embed(open({ remote: { url: `http://127.0.0.1:${port}/v1` } }), ['one']))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', details: { reason: 'ECONNREFUSED', attempts: 4 } })
      expect(error.fix).toContain('Start the server')
    })

    test('never an answer', async () => {
      server.always(() => stalls)
      const error = await failureOf(embed(open({ patience: { request: 100, attempts: 2 } }), ['one']))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', details: { attempts: 2 } })
      expect(error.message).toContain('within 0.1 seconds, 2 times')
      const asked = server.requests.length
      const query = open({ patience: { urgentRequest: 100 } }).embed(['one'], { kind: 'query' })
      expect(await failureOf(query)).toMatchObject({ code: 'REMOTE_FAILED', details: { attempts: 1 } })
      expect(server.requests).toHaveLength(asked + 1)
    })
  })

  describe('that refuses a text', () => {
    const refusing = (status: number) =>
      server.always(({ body: { input } }) =>
        input.some((text) => text.includes('poison'))
          ? fails(status, { error: { message: 'too\nlong, by\u0007 far'.padEnd(2_000, '!') } })
          : null,
      )

    test.each([400, 413, 422])('with %i: the others get their vectors', async (status) => {
      refusing(status)
      const texts = numbered(60).map((text, at) => (at === 17 || at === 18 || at === 59 ? `poison ${text}` : text))
      const results = await embed(open({ limits: { texts: 32, bytes: 1e9, numbers: 1e9 } }), texts)
      const good = [...texts.keys()].filter((at) => !texts[at]?.startsWith('poison'))
      expect(codes(results)).toEqual(texts.map((text) => (text.startsWith('poison') ? 'EMBEDDING_FAILED' : 'ok')))
      await expectRight(
        good.map((at) => results[at] as EmbedResult),
        good.map((at) => texts[at] as string),
      )
      const error = (results[17] as { error: SemdexError }).error
      expect(error.message).toContain(`(${status}): too long, by far!!!`)
      expect(error.message.length).toBeLessThan(400)
    })

    test('alone, first of all: it is the text', async () => {
      refusing(400)
      expect(codes(await embed(open(), ['poison']))).toEqual(['EMBEDDING_FAILED'])
    })

    test('and every other one: it is the server', async () => {
      server.always(() => fails(400, { error: { message: 'unknown model tiny' } }))
      const error = await failureOf(embed(open(), numbered(500)))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', message: expect.stringContaining('unknown model tiny') })
      expect(server.requests.length).toBeLessThan(40)
    })
  })

  describe('that answers in its own way', () => {
    test('numbers though base64 was asked for', async () => {
      const asNumbers = answers(({ data, usage }) => ({
        usage,
        data: data.map(({ index, embedding }) => ({ index, embedding: [...floatsIn(embedding as string)] })),
      }))
      server.always(() => asNumbers)
      await expectRight(await embed(open(), numbered(5)), numbered(5))
    })

    test('a refusal of base64: numbers are asked for from then on', async () => {
      server.always(({ body }) => (body.encoding_format === 'base64' ? fails(400, { detail: 'no base64 here' }) : null))
      const embedder = open()
      await expectRight(await embed(embedder, numbered(5)), numbered(5))
      await expectRight(await embed(embedder, numbered(5)), numbered(5))
      expect(server.requests.map(({ body }) => body.encoding_format)).toEqual(['base64', 'float', 'float'])
    })

    test('another order', async () => {
      server.next(answers(({ data }) => ({ data: data.reverse() })))
      await expectRight(await embed(open(), numbered(9)), numbered(9))
    })

    test('no places: the order of the texts', async () => {
      server.next(answers(({ data }) => ({ data: data.map(({ embedding }) => ({ embedding })) })))
      await expectRight(await embed(open(), numbered(9)), numbered(9))
    })

    test('vectors of other lengths: they are made unit vectors', async () => {
      server.next(
        answers(({ data }) => ({
          data: data.map((item) => ({
            ...item,
            embedding: [...floatsIn(item.embedding as string)].map((value) => value * 7),
          })),
        })),
      )
      await expectRight(await embed(open(), ['one']), ['one'])
    })

    test('NaN or zeros for one text cost only that text', async () => {
      server.next(
        answers(({ data }) => {
          const [first, second, third, ...rest] = data as [Item, Item, Item, ...Item[]]
          const nothing = Array.from({ length: 48 }, () => 0)
          const bytes = Buffer.from(third.embedding as string, 'base64')
          bytes.writeFloatLE(Number.NaN, 40)
          return {
            data: [
              { ...first, embedding: nothing },
              { ...second, embedding: [null, ...nothing.slice(1)] },
              { ...third, embedding: bytes.toString('base64') },
              ...rest,
            ],
          }
        }),
      )
      expect(codes(await embed(open(), numbered(5)))).toEqual([
        'EMPTY_EMBEDDING',
        'NAN_EMBEDDING',
        'NAN_EMBEDDING',
        'ok',
        'ok',
      ])
    })

    test.each<[string, (answer: { data: Item[] }) => unknown, RegExp]>([
      ['too few vectors', ({ data }) => ({ data: data.slice(1) }), /4 vectors to 5 texts/],
      ['too many vectors', ({ data }) => ({ data: [...data, data[0]] }), /6 vectors to 5 texts/],
      ['one place twice', ({ data }) => ({ data: data.map((item) => ({ ...item, index: 0 })) }), /places/],
      [
        'places beyond the texts',
        ({ data }) => ({ data: data.map((item) => ({ ...item, index: (item.index as number) + 1 })) }),
        /places/,
      ],
      ['no list', () => ({ object: 'list' }), /without a list/],
      ['null', () => null, /without a list/],
      [
        'an error as if it were none',
        () => ({ error: { message: 'no such model' } }),
        /without a list of embeddings: no such model$/,
      ],
      ['a page', () => '<html>login</html>', /not answer with JSON/],
      [
        'an object for a vector',
        ({ data }) => ({ data: data.map((item) => ({ ...item, embedding: {} })) }),
        /neither numbers nor base64/,
      ],
      ['no end', () => 'x'.repeat(1_000_000), /more than \d+ bytes/],
    ])('%s: REMOTE_FAILED', async (_, change, message) => {
      server.next(answers(change as never))
      const error = await failureOf(embed(open(), numbered(5)))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', message: expect.stringMatching(message) })
      expect(server.requests).toHaveLength(1)
    })

    test('vectors of other dimensions than the spec says: MODEL_INVALID', async () => {
      const error = await failureOf(embed(open({ dimensions: 64 }), ['one']))
      expect(error).toMatchObject({
        code: 'MODEL_INVALID',
        details: { dimensions: 48 },
        fix: expect.stringContaining('48'),
      })
    })
  })

  describe('while a call is aborted', () => {
    test('cancels what is under way and sends no more', async () => {
      server.always(() => stalls)
      const embedder = open({ limits: { texts: 1, bytes: 1e9, numbers: 1e9 } })
      const controller = new AbortController()
      const call = embedder.embed(numbered(20), { kind: 'passage', signal: controller.signal })
      await expect.poll(() => server.requests.length).toBe(4)
      controller.abort()
      await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
      await expect.poll(() => server.requests.filter(({ cancelled }) => cancelled).length).toBe(4)
      expect(server.requests).toHaveLength(4)
      expect(embedder.metrics().waiting).toBe(0)
      server.always(null)
      await expectRight(await embed(embedder, ['one']), ['one'])
    })

    test('ends a pause between attempts', async () => {
      server.always(() => fails(429, {}, { 'retry-after': '100' }))
      const controller = new AbortController()
      const began = performance.now()
      const call = open().embed(['one'], { kind: 'passage', signal: controller.signal })
      await expect.poll(() => server.requests.length).toBe(1)
      controller.abort()
      await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
      await opened[0]?.close()
      expect(performance.now() - began).toBeLessThan(50_000)
    })

    test('or fails for good: its other requests are cancelled', async () => {
      server.next(stalls, stalls, fails(403))
      server.always(() => stalls)
      await failureOf(embed(open({ limits: { texts: 1, bytes: 1e9, numbers: 1e9 } }), numbered(20)))
      await expect.poll(() => server.requests.filter(({ cancelled }) => cancelled).length).toBe(3)
      expect(server.requests).toHaveLength(4)
    })
  })
})

type Item = { index?: number; embedding: unknown }

function floatsIn(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return new Float32Array(bytes.buffer)
}
