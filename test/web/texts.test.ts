import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Filter, parseFilter } from '../../src/core/filter.ts'
import { filterFrom } from '../../src/interfaces/cli/filter-flags.ts'
import { healthOf } from '../../src/interfaces/web/collections/health.ts'
import { modelFacts } from '../../src/interfaces/web/collections/models.ts'
import { inOrder, segmentsOf } from '../../src/interfaces/web/document/segments.ts'
import { readEvents } from '../../src/interfaces/web/jobs/events.ts'
import { ago, bytes } from '../../src/interfaces/web/parts/format.ts'
import { explain } from '../../src/interfaces/web/search/explain.ts'
import { readFilter } from '../../src/interfaces/web/search/filter-text.ts'
import { markWords, matcherOf } from '../../src/interfaces/web/search/words.ts'
import { type Place, readPlace, START, writePlace } from '../../src/interfaces/web/state/place.ts'

describe('filters, as they are typed', () => {
  test.each([
    'lang=en',
    'draft != true',
    'year>=1990',
    'year < 2000.5',
    "code='007'",
    'author.name=Ada Lovelace',
    'gone=null',
    '{"lang": {"$in": ["en", "de"]}}',
  ])('%s means what it does on the command line', (text) => {
    expect(readFilter(text, '')).toEqual(filterFrom([text], []))
  })

  test('several tests and a path all hold', () => {
    const filter = readFilter(' lang=en; note="a; b" ;; year>1990', 'src/**/*.ts')
    expect(filter).toEqual({
      $and: [
        { lang: { $eq: 'en' } },
        { note: { $eq: 'a; b' } },
        { year: { $gt: 1990 } },
        { $path: { $glob: '**/src/**/*.ts' } },
      ],
    })
    expect(parseFilter(filter as Filter)).toMatchObject({ type: 'and' })
  })

  test.each(['/srv/docs/*', '**/a.md', 'C:/x/*'])('the path %s is taken as it is', (path) => {
    expect(readFilter('', path)).toEqual({ $and: [{ $path: { $glob: path } }] })
  })

  test('nothing typed is no filter; nonsense is refused with an example', () => {
    expect(readFilter('  ', '')).toBeUndefined()
    expect(() => readFilter('year', '')).toThrow('“year” is no test: write lang=en')
    expect(() => readFilter('{"a":', '')).toThrow('This begins like JSON')
  })
})

describe('the place in the URL', () => {
  const text = fc.string({ unit: 'grapheme' })
  const place: fc.Arbitrary<Place> = fc.record({
    view: fc.constantFrom('search', 'collections', 'evaluation'),
    query: text,
    mode: fc.constantFrom('hybrid', 'vector', 'lexical'),
    collection: text,
    path: text,
    where: text,
    least: text,
    limit: fc.integer({ min: 10, max: 1_000 }),
    document: fc.option(
      fc.record({
        collection: text,
        id: text,
        lines: fc.option(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 500, max: 9_999 }))),
      }),
    ),
  })

  test('is read as it was written', () => {
    fc.assert(
      fc.property(place, (given) => {
        expect(readPlace(writePlace(given))).toEqual(given)
      }),
    )
  })

  test('of anything else it takes what it understands', () => {
    fc.assert(
      fc.property(fc.string(), (search) => {
        expect(readPlace(`?${search}`)).toMatchObject({ limit: expect.any(Number) })
      }),
    )
    expect(readPlace('?mode=telepathic&view=x&n=5&doc=a&lines=9-3')).toEqual({
      ...START,
      document: { collection: '', id: 'a', lines: null },
    })
  })
})

describe('words that were found', () => {
  const found = (text: string, query: string, stems: string[] = []) =>
    markWords(text, matcherOf(query, stems))
      .filter((each) => each.found)
      .map((each) => each.text)

  test('are those that begin as a stem does, but for a long ending', () => {
    expect(found('Fermented dough ferments; fermentation, ferret.', '', ['ferment', 'dough'])).toEqual([
      'Fermented',
      'dough',
      'ferments',
      'fermentation',
    ])
    expect(found('happy happily unhappy', '', ['happi'])).toEqual(['happy', 'happily'])
    expect(found('art artist artificially', '', ['art'])).toEqual(['art', 'artist'])
  })

  test('with digits are the same, and accents do not count', () => {
    expect(found('E1042 E10421 e1042', '', ['e1042'])).toEqual(['E1042', 'e1042'])
    expect(found('Café cafe', '', ['cafe'])).toEqual(['Café', 'cafe'])
  })

  test('without stems are the longer words of the query', () => {
    expect(found('How to bake a loaf in it', 'how do I bake it')).toEqual(['bake'])
    expect(found('to be', 'be')).toEqual(['be'])
  })

  test('and what is around them is the whole text again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, query) => {
        expect(
          markWords(text, matcherOf(query, []))
            .map((each) => each.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })
})

describe('the score in words', () => {
  const parts = {
    vectorPart: 0.3,
    lexicalPart: 0.2,
    similarity: 0.5,
    mean: 0.1,
    deviation: 0.1,
    z: 4,
    bm25: 5,
    bestBm25: 10,
    terms: 'dough rise',
  }
  const told = (change: object, text = 'The dough rises.', rule = 'share·z/zReach + …') =>
    explain({ score: 0.5, text, explanation: { rule, parts: { ...parts, ...change } } }, 'Why does dough rises?')

  test('says what meaning and words add, and which words', () => {
    expect(told({})).toMatchObject({
      meaning: 0.3,
      words: 0.2,
      sentences: [
        'Meaning adds 0.30: its cosine with the query is 0.500, 4.0 standard deviations above the 0.100 that is usual here.',
        'Words add 0.20: the passage has “dough”, “rises”, for a BM25 of 5.0, 50 % of the best passage’s.',
      ],
    })
    expect(told({ vectorPart: -0.05, z: -0.5 })?.sentences[0]).toMatch(
      /^Meaning takes 0\.05 away: .* 0\.5 standard deviations below/,
    )
    expect(told({ similarity: null })?.sentences[0]).toMatch(/^Meaning adds nothing/)
    expect(told({ bm25: 0 })?.sentences[1]).toBe('Words add nothing: the passage has none of “dough”, “rises”.')
    expect(told({}, 'The dough.')?.sentences[1]).toContain('has “dough”, not “rises”')
    expect(told({ terms: '' })?.sentences[1]).toMatch(/^Words add nothing: the query has none/)
  })

  test('knows every rule of the server', () => {
    const by = (rule: string, own: object) =>
      explain({ score: 0.4, text: 'dough', explanation: { rule, parts: own as typeof parts } }, 'Dough')?.sentences[0]
    expect(by('cosine', { similarity: 0.4 })).toMatch(/^Ranked by meaning alone: .* 0\.400/)
    expect(by('bm25 / bound', { bm25: 3, bound: 7.5, terms: 'dough' })).toMatch(
      /^Ranked by words alone: .*“Dough”.* 3\.0, 40 %/,
    )
    expect(by('1/(60 + vectorRank) + 1/(60 + lexicalRank)', { vectorRank: 2, lexicalRank: null })).toBe(
      'It is number 2 by meaning and not found by words; the score adds up both ranks.',
    )
    expect(explain({ score: 1, text: '' }, '')).toBeNull()
  })
})

describe('passages of a document', () => {
  test('part its lines, the current one whole', () => {
    expect(
      segmentsOf(
        [1, 20],
        [
          [3, 8],
          [7, 12],
        ],
        1,
      ),
    ).toEqual([
      { from: 1, to: 2, passage: null },
      { from: 3, to: 6, passage: 0 },
      { from: 7, to: 12, passage: 1 },
      { from: 13, to: 20, passage: null },
    ])
  })

  test('cover every line of any window once, in order', () => {
    const lines = fc
      .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 30 }))
      .map(([from, more]): [number, number] => [from, from + more])
    fc.assert(
      fc.property(lines, fc.array(lines, { maxLength: 6 }), fc.nat(5), (window, passages, current) => {
        const ordered = inOrder(passages)
        const segments = segmentsOf(window, ordered, current < ordered.length ? current : null)
        const covered = segments.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => from + at))
        expect(covered).toEqual(Array.from({ length: window[1] - window[0] + 1 }, (_, at) => window[0] + at))
        for (const { from, to, passage } of segments) {
          const inside = (line: number) => ordered.some(([a, b]) => a <= line && line <= b)
          expect([inside(from), inside(to)]).toEqual([passage !== null, passage !== null])
        }
      }),
    )
  })
})

test('events are read however their bytes are cut', async () => {
  const told = [{ id: 'a', n: 1 }, { id: 'ü😀', text: 'x\ny' }, { n: 3 }]
  const text = `: hello\n\n${told.map((each, at) => `event: progress\nid: ${at}\ndata: ${JSON.stringify(each)}\n\n`).join(':\n\n')}`
  const encoded = new TextEncoder().encode(text)
  for (const size of [1, 2, 7, 1_000]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < encoded.length; at += size) controller.enqueue(encoded.slice(at, at + size))
        controller.close()
      },
    })
    const read: unknown[] = []
    for await (const event of readEvents(body)) read.push(event)
    expect(read).toEqual(told)
  }
})

test('health, sizes and times are said as people say them', () => {
  const collection = {
    name: 'a',
    model: 'm',
    dimensions: 3,
    code: null,
    layout: 'native' as const,
    roots: [],
    lastRunAt: null,
    vectors: 0,
    documents: 2,
    chunks: 4,
    pending: 0,
    failed: 0,
  }
  expect(healthOf(collection)).toEqual({ state: 'good', words: 'Complete' })
  expect(healthOf({ ...collection, pending: 1 }).words).toBe('1 chunk waits for vectors; found by words until then')
  expect(healthOf({ ...collection, failed: 2, pending: 3 })).toEqual({
    state: 'bad',
    words: '2 parts failed, 3 wait for vectors',
  })
  expect(healthOf({ ...collection, documents: 0 })).toEqual({ state: 'waiting', words: 'Empty' })
  expect(modelFacts(collection)).toEqual([['Model', 'm, 3 dimensions']])
  expect(modelFacts({ ...collection, model: null })).toEqual([['Model', 'vectors of its own']])
  const code = { model: 'c', dimensions: 1536, waiting: 0 }
  expect(modelFacts({ ...collection, code })).toEqual([
    ['Text model', 'm, 3 dimensions'],
    ['Code model', 'c, 1536 dimensions'],
  ])
  expect(modelFacts({ ...collection, code: { ...code, waiting: 1_200 } })[1]).toEqual([
    'Code model',
    'c, 1536 dimensions; 1,200 chunks wait for it',
  ])
  expect([ago(0, 5_000), ago(0, 120_000), ago(0, 7_200_000), ago(0, 86_400_000)]).toEqual([
    'just now',
    '2 minutes ago',
    '2 hours ago',
    'yesterday',
  ])
  expect([bytes(12), bytes(1_500), bytes(2_340_000)]).toEqual(['12 B', '2 kB', '2.3 MB'])
})
