import { describe, expect, test } from 'vitest'
import type { SemdexError } from '../../src/core/errors.ts'
import type { EmbedResult } from '../../src/core/ports/embedder.ts'
import { describeWithAssets } from '../support/assets.ts'
import { answers, fails } from '../support/embeddings-server.ts'
import { embed, failureOf, numbered, remoteEmbedders } from '../support/remote-embedders.ts'

describeWithAssets('a server', ['fixtures/tiny-bert-mean'], () => {
  const served = remoteEmbedders()
  const { open, expectRight } = served
  const codes = (results: readonly EmbedResult[]) => results.map((result) => (result.ok ? 'ok' : result.error.code))

  describe('that refuses a text', () => {
    const refusing = (status: number) =>
      served.server.always(({ body: { input } }) =>
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
      served.server.always(() => fails(400, { error: { message: 'unknown model tiny' } }))
      const error = await failureOf(embed(open(), numbered(500)))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', message: expect.stringContaining('unknown model tiny') })
      expect(served.server.requests.length).toBeLessThan(40)
    })
  })

  describe('that answers in its own way', () => {
    test('numbers though base64 was asked for', async () => {
      const asNumbers = answers(({ data, usage }) => ({
        usage,
        data: data.map(({ index, embedding }) => ({ index, embedding: [...floatsIn(embedding as string)] })),
      }))
      served.server.always(() => asNumbers)
      await expectRight(await embed(open(), numbered(5)), numbered(5))
    })

    test('a refusal of base64: numbers are asked for from then on', async () => {
      served.server.always(({ body }) =>
        body.encoding_format === 'base64' ? fails(400, { detail: 'no base64 here' }) : null,
      )
      const embedder = open()
      await expectRight(await embed(embedder, numbered(5)), numbered(5))
      await expectRight(await embed(embedder, numbered(5)), numbered(5))
      expect(served.server.requests.map(({ body }) => body.encoding_format)).toEqual(['base64', 'float', 'float'])
    })

    test('another order', async () => {
      served.server.next(answers(({ data }) => ({ data: data.reverse() })))
      await expectRight(await embed(open(), numbered(9)), numbered(9))
    })

    test('no places: the order of the texts', async () => {
      served.server.next(answers(({ data }) => ({ data: data.map(({ embedding }) => ({ embedding })) })))
      await expectRight(await embed(open(), numbered(9)), numbered(9))
    })

    test('vectors of other lengths: they are made unit vectors', async () => {
      served.server.next(
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
      served.server.next(
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
      served.server.next(answers(change as never))
      const error = await failureOf(embed(open(), numbered(5)))
      expect(error).toMatchObject({ code: 'REMOTE_FAILED', message: expect.stringMatching(message) })
      expect(served.server.requests).toHaveLength(1)
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
})

type Item = { index?: number; embedding: unknown }

function floatsIn(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return new Float32Array(bytes.buffer)
}
