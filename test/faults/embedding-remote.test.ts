import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { EmbedResult } from '../../src/core/ports/embedder.ts'
import { describeWithAssets } from '../support/assets.ts'
import { answers, cuts, fails, slow, stalls } from '../support/embeddings-server.ts'
import { embed, failureOf, numbered, remoteEmbedders } from '../support/remote-embedders.ts'

const KEY = 'sk-test-0123456789abcdef'

describeWithAssets('a server that embeds', ['fixtures/tiny-bert-mean'], () => {
  const served = remoteEmbedders()
  const { open, expectRight } = served
  const codes = (results: readonly EmbedResult[]) => results.map((result) => (result.ok ? 'ok' : result.error.code))

  describe('is asked', () => {
    test('for base64 of what the spec names, with the key and nothing else', async () => {
      const embedder = open({ remote: { keyVariable: 'THE_KEY' }, key: ` ${KEY}\n` })
      await expectRight(await embed(embedder, ['one', 'two']), ['one', 'two'])
      expect(served.server.requests).toMatchObject([
        { path: '/v1/embeddings', headers: { authorization: `Bearer ${KEY}` } },
      ])
      expect(served.server.requests[0]?.body).toEqual({
        model: 'tiny',
        input: ['one', 'two'],
        encoding_format: 'base64',
      })
    })

    test('without a key where the spec names no variable', async () => {
      await embed(open({ key: KEY }), ['one'])
      expect(served.server.requests[0]?.headers.authorization).toBeUndefined()
    })

    test('by requests of bounded size, a few at a time, and answered in order', async () => {
      const texts = [...numbered(40), 'long '.repeat(300), ...numbered(10)]
      served.server.always(() => slow(10))
      const limits = { texts: 8, bytes: 1_000, numbers: 1e9 }
      await expectRight(await embed(open({ limits }), texts), texts)
      const sizes = served.server.requests.map(({ body: { input } }) => Buffer.byteLength(input.join('')))
      expect(
        served.server.requests.every(({ body: { input } }, at) => input.length === 1 || (sizes[at] as number) <= 1_000),
      ).toBe(true)
      expect(Math.max(...served.server.requests.map(({ body: { input } }) => input.length))).toBe(8)
      expect(served.server.mostTogether).toBe(4)
    })

    test('by requests whose answers are bounded too', async () => {
      await embed(open({ limits: { texts: 100, bytes: 1e9, numbers: 48 * 5 } }), numbered(12))
      expect(served.server.requests.map(({ body }) => body.input.length).sort()).toEqual([2, 5, 5])
    })

    test('for a query before passages that wait', async () => {
      const asked = Promise.withResolvers<void>()
      served.server.always(() => async (response, answer) => {
        await asked.promise
        await slow(0)(response, answer)
      })
      const embedder = open({ limits: { texts: 1, bytes: 1e9, numbers: 1e9 } })
      const passages = embed(embedder, numbered(30))
      await expect.poll(() => served.server.requests.length).toBe(4)
      const query = embedder.embed(['the query'], { kind: 'query' })
      asked.resolve()
      await query
      expect(served.server.requests.findIndex(({ body }) => body.input[0] === 'the query')).toBeLessThan(10)
      expect(codes(await passages)).toEqual(numbered(30).map(() => 'ok'))
    })

    test('and tells the tokens of a text alone, and of no text among others', async () => {
      const embedder = open()
      const [own] = (await embed(served.local, ['one'])) as [EmbedResult & { ok: true }]
      expect(await embed(embedder, ['one'])).toMatchObject([{ ok: true, tokens: own.tokens, truncated: null }])
      expect(await embed(embedder, ['one', 'two'])).toMatchObject([{ tokens: null }, { tokens: null }])
      served.server.next(answers(({ data }) => ({ data, usage: { prompt_tokens: 0 } })))
      expect(await embed(embedder, ['one'])).toMatchObject([{ tokens: null }])
    })
  })

  describe('is asked again', () => {
    test.each([408, 409, 425, 429, 500, 502, 503, 504, 529])('after %i', async (status) => {
      served.server.next(fails(status), fails(status))
      await expectRight(await embed(open(), ['one']), ['one'])
      expect(served.server.requests).toHaveLength(3)
    })

    test.each(['before', 'within'] as const)('after a connection that is cut %s the answer', async (where) => {
      served.server.next(cuts(where), cuts(where))
      await expectRight(await embed(open(), ['one', 'two']), ['one', 'two'])
      expect(served.server.requests).toHaveLength(3)
    })

    test('after no answer in time', async () => {
      served.server.next(stalls)
      await expectRight(await embed(open({ patience: { request: 300 } }), ['one']), ['one'])
      expect(served.server.requests).toMatchObject([{ cancelled: true }, { cancelled: false }])
    })

    test.each([
      ['seconds', () => ({ 'retry-after': '1' }), 950],
      ['a date', () => ({ 'retry-after': new Date(Date.now() + 3_000).toUTCString() }), 1_500],
      ['milliseconds', () => ({ 'retry-after-ms': '400', 'retry-after': '60' }), 380],
    ])('when the server says, in %s', async (_, headers, least) => {
      served.server.next(fails(429, {}, headers()))
      await embed(open(), ['one'])
      const [first, second] = served.server.requests
      expect((second?.at as number) - (first?.at as number)).toBeGreaterThan(least)
    })

    test('a limited number of times, fewer for a query', async () => {
      served.server.always(() => fails(503, { error: { message: 'overloaded' } }))
      const embedder = open()
      const error = await failureOf(embed(embedder, ['one']))
      expect(error).toMatchObject({
        code: 'REMOTE_FAILED',
        message: `The server ${served.server.url}/embeddings answered 503 4 times: overloaded`,
        details: { url: `${served.server.url}/embeddings`, status: 503, attempts: 4 },
      })
      expect(served.server.requests).toHaveLength(4)
      await failureOf(embedder.embed(['one'], { kind: 'query' }))
      expect(served.server.requests).toHaveLength(4 + 3)
    })

    test('not at all where it would have to wait too long', async () => {
      served.server.next(fails(429, {}, { 'retry-after': '3600' }))
      expect(await failureOf(embed(open(), ['one']))).toMatchObject({ code: 'REMOTE_FAILED', details: { status: 429 } })
      expect(served.server.requests).toHaveLength(1)
    })

    test('with longer and longer pauses that are not the same for all', async () => {
      const pauses: number[][] = []
      for (let run = 0; run < 3; run++) {
        served.server.forget()
        served.server.always(() => fails(500))
        await failureOf(embed(open({ patience: { firstWait: 60, longestWait: 1_000, attempts: 4 } }), ['one']))
        const times = served.server.requests.map(({ at }) => at)
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
      served.server.always(() =>
        fails(status, { error: { message: `Incorrect API key provided: ${KEY}. Find yours.` } }),
      )
      const error = await failureOf(embed(open({ remote: { keyVariable: 'THE_KEY' }, key: KEY }), numbered(300)))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', fix: expect.stringContaining('THE_KEY') })
      expect(error.message).toContain('Incorrect API key provided: ***. Find yours.')
      expect(served.server.requests.length).toBeLessThanOrEqual(4)
      const told = JSON.stringify([error.toJSON(), error.stack, String(error.cause)])
      expect(told).not.toContain(KEY)
    })

    test('401 without a key names the place for it', async () => {
      served.server.always(() => fails(401))
      expect((await failureOf(embed(open(), ['one']))).fix).toContain('remote.keyVariable')
    })

    test('404 names the address and the model', async () => {
      const error = await failureOf(embed(open({ remote: { url: `${served.server.url}/wrong` } }), ['one']))
      expect(error).toMatchObject({
        code: 'REMOTE_FAILED',
        details: { url: `${served.server.url}/wrong/embeddings`, status: 404 },
      })
      expect(error.fix).toContain('remote.model (tiny)')
    })

    test('a redirect is not followed', async () => {
      served.server.always(() => fails(307, '', { location: 'https://elsewhere.example/v1/embeddings' }))
      const error = await failureOf(embed(open(), ['one']))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', fix: expect.stringContaining('https://elsewhere.example') })
      expect(served.server.requests).toHaveLength(1)
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
      served.server.always(() => stalls)
      const error = await failureOf(embed(open({ patience: { request: 100, attempts: 2 } }), ['one']))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', details: { attempts: 2 } })
      expect(error.message).toContain('within 0.1 seconds, 2 times')
      const asked = served.server.requests.length
      const query = open({ patience: { urgentRequest: 100 } }).embed(['one'], { kind: 'query' })
      expect(await failureOf(query)).toMatchObject({ code: 'REMOTE_FAILED', details: { attempts: 1 } })
      expect(served.server.requests).toHaveLength(asked + 1)
    })
  })

  describe('while a call is aborted', () => {
    test('cancels what is under way and sends no more', async () => {
      served.server.always(() => stalls)
      const embedder = open({ limits: { texts: 1, bytes: 1e9, numbers: 1e9 } })
      const controller = new AbortController()
      const call = embedder.embed(numbered(20), { kind: 'passage', signal: controller.signal })
      await expect.poll(() => served.server.requests.length).toBe(4)
      controller.abort()
      await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
      await expect.poll(() => served.server.requests.filter(({ cancelled }) => cancelled).length).toBe(4)
      expect(served.server.requests).toHaveLength(4)
      expect(embedder.metrics().waiting).toBe(0)
      served.server.always(null)
      await expectRight(await embed(embedder, ['one']), ['one'])
    })

    test('ends a pause between attempts', async () => {
      served.server.always(() => fails(429, {}, { 'retry-after': '100' }))
      const controller = new AbortController()
      const began = performance.now()
      const embedder = open()
      const call = embedder.embed(['one'], { kind: 'passage', signal: controller.signal })
      await expect.poll(() => served.server.requests.length).toBe(1)
      controller.abort()
      await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
      await embedder.close()
      expect(performance.now() - began).toBeLessThan(50_000)
    })

    test('or fails for good: its other requests are cancelled', async () => {
      served.server.next(stalls, stalls, fails(403))
      served.server.always(() => stalls)
      await failureOf(embed(open({ limits: { texts: 1, bytes: 1e9, numbers: 1e9 } }), numbered(20)))
      await expect.poll(() => served.server.requests.filter(({ cancelled }) => cancelled).length).toBe(3)
      expect(served.server.requests).toHaveLength(4)
    })
  })
})
