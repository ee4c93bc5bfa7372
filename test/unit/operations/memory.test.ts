import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { MetadataValue } from '../../../src/core/documents.ts'
import { sideModel } from '../../../src/core/sides.ts'
import { openWorkplace, type Workplace } from './support.ts'

const DAY = 86_400_000
const LONG = 120_000

let place: Workplace
beforeEach(() => {
  place = openWorkplace()
})
afterEach(async () => {
  vi.useRealTimers()
  await place.close()
})

const capture = (text: string, more: object = {}) => place.run('memory.capture', { text, ...more })
const recall = (query: string, more: object = {}) => place.run('memory.recall', { query, ...more })
const historyOf = async (id: string) => (await place.run('memory.history', { id })).revisions
const ids = ({ records }: { records: { id: string }[] }) => records.map(({ id }) => id)

/** Texts that the model has read as passages so far. */
function textsRead(): number {
  return place.parts.models.metrics().reduce((sum, { texts }) => sum + texts, 0)
}

/** What the database holds of the memory, all of it. */
async function everything() {
  const { records } = await place.parts.storage()
  const documents = await records.documents('memory', { limit: 1_000 })
  const histories = await Promise.all(documents.map(({ id }) => records.revisions('memory', id)))
  return { documents, histories }
}

/** Runs what must fail, and holds that it changed nothing. */
async function refused(work: () => Promise<unknown>, error: object) {
  const before = await everything()
  await expect(work()).rejects.toMatchObject(error)
  expect(await everything()).toEqual(before)
}

describe('capture', { timeout: LONG }, () => {
  test('stores a document with the fields as metadata, found by every search and filter', async () => {
    const { id } = await capture('We deploy on Tuesdays.', {
      kind: 'decision',
      confidence: 0.9,
      source: 'standup',
      tags: ['ops', 'team', 'ops'],
      metadata: { project: 'blue' },
    })
    const filter = { kind: 'decision', confidence: { $gte: 0.9 }, tags: 'team', source: 'standup', project: 'blue' }
    const { hits } = await place.run('search', { query: 'deploy', collection: 'memory', filter })
    expect(hits.map(({ documentId }) => documentId)).toEqual([id])
    expect(ids(await place.run('memory.list', { filter }))).toEqual([id])
    expect(ids(await place.run('memory.list', { filter: { project: 'red' } }))).toEqual([])
    expect(await place.run('get', { id, collection: 'memory' })).toMatchObject({ text: 'We deploy on Tuesdays.' })
  })

  test('reports the same text in another form, and keeps both', async () => {
    await capture('The Café opens at 8.', { id: 'a' })
    await capture('Something else entirely.', { id: 'b' })
    const read = textsRead()
    const again = await capture('the  CAFE\u0301 opens\nat 8', { id: 'c' })
    expect(again).toMatchObject({
      merged: false,
      duplicates: [{ id: 'a', similarity: 1, exact: true }],
      compared: 'text',
    })
    expect(textsRead() - read).toBe(1)
    expect(ids(await place.run('memory.list', {}))).toEqual(['a', 'b', 'c'])
  })

  test('reports what says nearly the same, of its kind and active, nearest first', async () => {
    const text = 'The backup of the database runs every night at two.'
    await capture('The database backup runs every night at 2.', { id: 'near' })
    await capture('The backup of the database runs each night at two.', { id: 'nearer' })
    await capture(text, { id: 'other', kind: 'lesson' })
    await capture(text, { id: 'old' })
    await place.run('memory.update', { id: 'old', status: 'archived' })
    await capture('Bread needs flour, water and salt.', { id: 'far' })
    const { duplicates, compared } = await capture(text)
    expect(compared).toBe('meaning')
    expect(duplicates.map(({ id }) => id)).toEqual(['nearer', 'near'])
    const similarities = duplicates.map(({ similarity }) => similarity)
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a))
    for (const each of similarities) expect(each).toBeGreaterThan(0.92)
  })

  test('looks past many near records of another kind', async () => {
    for (let n = 0; n < 25; n++)
      await capture('Ports are set in the compose file.', { id: `other-${n}`, kind: 'lesson' })
    await capture('The ports are set within the compose file.', { id: 'own' })
    const { duplicates } = await capture('Ports are set in the compose file.')
    expect(duplicates.map(({ id }) => id)).toEqual(['own'])
  })

  test('compares every passage of a long text', async () => {
    const page = (last: string) =>
      `${Array.from({ length: 300 }, (_, n) => `Step ${n} of the release is done by hand.`).join('\n')}\n${last}`
    await capture(page('Then we wait for an hour.'), { id: 'long' })
    const same = await capture(page('Then we wait for one hour.'), { id: 'same' })
    expect(same.duplicates).toMatchObject([{ id: 'long', exact: false }])
    const other = Array.from({ length: 300 }, (_, n) => `Whale ${n} sings in the cold sea of the north.`).join('\n')
    const half = await capture(`${page('')}\n${other}`, { id: 'half' })
    expect(half.duplicates).toEqual([])
  })

  test('merges only when asked: the tags of both, the higher confidence, the id and text that were there', async () => {
    const first = await capture('The backup of the database runs every night at two.', {
      id: 'a',
      confidence: 0.6,
      tags: ['ops'],
      metadata: { by: 'ann' },
    })
    const given = { confidence: 0.4, tags: ['team'], source: 'mail', metadata: { by: 'bob', at: 9 }, merge: true }
    const merged = await capture('the backup of the database  runs every night at two!', given)
    expect(merged).toMatchObject({
      ...{ id: 'a', merged: true, confidence: 0.6, tags: ['ops', 'team'], source: 'mail', version: 2 },
      ...{ metadata: { by: 'ann', at: 9 }, capturedAt: first.capturedAt, embedded: 0 },
    })
    const near = await capture('The backup of the database runs each night at two.', { confidence: 0.8, merge: true })
    expect(near).toMatchObject({ id: 'a', merged: true, confidence: 0.8, version: 3, duplicates: [{ exact: false }] })
    expect(ids(await place.run('memory.list', { status: 'any' }))).toEqual(['a'])
    expect(await historyOf('a')).toMatchObject([
      { change: 'captured' },
      {
        change: 'merged',
        note: {
          text: 'the backup of the database  runs every night at two!',
          confidence: 0.4,
          source: 'mail',
          tags: ['team'],
        },
      },
      { change: 'merged', text: 'The backup of the database runs every night at two.' },
    ])
    const fresh = await capture('Bread needs flour.', { id: 'b', merge: true })
    expect(fresh).toMatchObject({ id: 'b', merged: false })
  })

  test('embeds no text twice', async () => {
    await capture('The tide follows the moon.', { id: 'a' })
    const read = textsRead()
    expect(await capture('The tide follows the moon.', { id: 'b' })).toMatchObject({ embedded: 0, reused: 1 })
    expect(await place.run('memory.update', { id: 'a', confidence: 1, tags: ['sea'] })).toMatchObject({ embedded: 0 })
    await place.run('memory.update', { id: 'a', status: 'archived' })
    await place.run('memory.update', { id: 'a', status: 'active' })
    await capture('The tide follows the moon.', { merge: true })
    expect(await place.run('memory.update', { id: 'b', text: 'The tide follows the moon.' })).toMatchObject({
      embedded: 0,
    })
    expect(textsRead()).toBe(read)
    expect((await recall('what moves the sea')).records[0]).toMatchObject({ similarity: expect.any(Number) })
  })

  describe('of the same text many times at once', () => {
    const TEXT = 'The tide follows the moon.'
    const atOnce = (more: object = {}) =>
      Promise.all(Array.from({ length: 5 }, () => capture(TEXT, { tags: ['sea'], ...more })))

    test('comes out as one after the other: each is told of those before it, and the model reads it once', async () => {
      const answers = (await atOnce()).sort((a, b) => a.duplicates.length - b.duplicates.length)
      const made = answers.map(({ id }) => id)
      expect(answers.map(({ duplicates }) => duplicates.map(({ id }) => id))).toEqual(
        made.map((_, i) => made.slice(0, i)),
      )
      expect(answers.map(({ embedded, reused }) => [embedded, reused])).toEqual(
        made.map((_, i) => (i ? [0, 1] : [1, 0])),
      )
      expect(textsRead()).toBe(1)
    })

    test('and merged is one record', async () => {
      const answers = await atOnce({ merge: true })
      const [kept, ...others] = new Set(answers.map(({ id }) => id))
      expect(others).toEqual([])
      expect(answers.filter(({ merged }) => merged)).toHaveLength(4)
      expect(ids(await place.run('memory.list', {}))).toEqual([kept])
      const changes = (await historyOf(kept as string)).map(({ change }) => change)
      expect(changes).toEqual(['captured', 'merged', 'merged', 'merged', 'merged'])
      expect(textsRead()).toBe(1)
    })

    test('a failure of one costs the others nothing', async () => {
      await capture('Bread needs flour.', { id: 'taken' })
      const fails = capture(TEXT, { id: 'taken' })
      const others = [capture(TEXT, { merge: true }), capture(TEXT, { merge: true })]
      await expect(fails).rejects.toMatchObject({ code: 'DOCUMENT_EXISTS' })
      expect((await Promise.all(others)).map(({ merged }) => merged).sort()).toEqual([false, true])
    })
  })

  test('without waiting leaves the vectors for later, and compares texts alone', async () => {
    await capture('The tide follows the moon.', { id: 'a' })
    const read = textsRead()
    const later = await capture('The tides follow the moon.', { id: 'b', wait: false })
    expect(later).toMatchObject({ pending: 1, embedded: 0, compared: 'text', duplicates: [], degraded: null })
    expect(await capture('The tide follows the moon.', { id: 'c', wait: false })).toMatchObject({
      ...{ pending: 0, reused: 1, duplicates: [{ id: 'a', exact: true }] },
    })
    expect(textsRead()).toBe(read)
    expect(await place.run('backfill', {})).toMatchObject({ filled: 1 })
    expect(ids(await recall('tides'))).toContain('b')
  })
})

describe('with embeddings off', { timeout: LONG }, () => {
  test('everything works by keyword, and says why', async () => {
    await place.reopen({ embeddings: false })
    const captured = await capture('We deploy on Tuesdays.', { id: 'a', kind: 'decision' })
    expect(captured).toMatchObject({ compared: 'text', pending: 1, degraded: { code: 'EMBEDDING_UNAVAILABLE' } })
    expect(await capture('we deploy on tuesdays.', { kind: 'decision', merge: true })).toMatchObject({
      id: 'a',
      merged: true,
    })
    await capture('Bread needs flour.', { id: 'b' })
    await place.run('memory.update', { id: 'b', text: 'Bread needs flour and water.' })
    const { records, degraded } = await recall('when do we deploy', { explain: true })
    expect(degraded).toMatchObject({ code: expect.any(String) })
    expect(records).toMatchObject([{ id: 'a', similarity: null, explanation: { parts: { semanticBy: 'bm25' } } }])
    await place.run('memory.forget', { id: 'a' })
    expect(ids(await recall('when do we deploy'))).toEqual([])
  })
})

describe('recall', { timeout: LONG }, () => {
  test('weighs meaning, confidence, age and kind, as configured', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 * DAY })
    const now = Date.now()
    await capture('Use tabs in Makefiles.', { id: 'old', confidence: 0.2, capturedAt: now - 99 * DAY })
    await capture('Use tabs in Makefiles!', { id: 'sure', confidence: 1, capturedAt: now - 99 * DAY })
    await capture('Use tabs in Makefiles', { id: 'decided', kind: 'decision', confidence: 0.2, capturedAt: now })
    const { records } = await recall('tabs in Makefiles', { explain: true })
    expect(ids({ records })).toEqual(['decided', 'sure', 'old'])
    for (const { score, similarity, confidence, id } of records) {
      const rest = id === 'decided' ? 0.1 + 0.1 : 0.1 / 100
      expect(score).toBeCloseTo(0.6 * (similarity as number) + 0.2 * confidence + rest, 6)
    }
    await place.reopen({ memoryWeights: { semantic: 0, confidence: 1, recency: 0 }, memoryBonus: {} })
    const other = await recall('tabs in Makefiles')
    expect(other.records.map(({ score }) => score)).toEqual([1, 0.2, 0.2])
  })

  test('takes what a clock that was ahead captured for new', async () => {
    await capture('The tide follows the moon.', { id: 'a', capturedAt: Date.now() + 400 * DAY })
    const { records } = await recall('tide', { explain: true })
    expect(records[0]?.explanation?.parts).toMatchObject({ ageDays: 0, recency: 1 })
  })

  test('leaves out what is superseded, archived or forgotten', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await capture(`The tide follows the moon, says ${id}.`, { id })
    await place.run('memory.update', { id: 'b', status: 'archived' })
    await capture('The tide follows moon and sun.', { id: 'e', supersedes: ['c'] })
    await place.run('memory.forget', { id: 'd' })
    expect(ids(await recall('tide moon')).sort()).toEqual(['a', 'e'])
    expect(ids(await place.run('memory.list', { status: 'any' }))).toEqual(['a', 'b', 'c', 'e'])
    expect(ids(await place.run('memory.list', { status: 'archived' }))).toEqual(['b'])
    expect(ids(await place.run('memory.list', { status: 'superseded' }))).toEqual(['c'])
  })

  test('takes a document that was added otherwise for an active note', async () => {
    await capture('The tide follows the moon.', { id: 'a' })
    await place.run('add', { documents: [{ id: 'plain', text: 'The tide is high.' }], collection: 'memory' })
    const { records } = await recall('tide', { kinds: ['note'] })
    expect(records).toMatchObject([{ id: expect.any(String) }, { id: expect.any(String) }])
    expect(records.find(({ id }) => id === 'plain')).toMatchObject({
      kind: 'note',
      confidence: 0.5,
      status: 'active',
      version: 0,
    })
    expect(await historyOf('plain')).toEqual([])
  })

  test('answers nothing where nothing was captured', async () => {
    expect(await recall('anything')).toEqual({ query: 'anything', degraded: null, records: [] })
    await expect(recall('anything', { filter: { a: { $like: 1 } } })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('update', { timeout: LONG }, () => {
  test('of a new text replaces passages and vectors, and keeps the rest', async () => {
    await capture('We deploy on Tuesdays.', { id: 'a', kind: 'decision', tags: ['ops'], metadata: { by: 'ann' } })
    const updated = await place.run('memory.update', { id: 'a', text: 'Whales sing in the cold sea.' })
    expect(updated).toMatchObject({ version: 2, embedded: 1, kind: 'decision', tags: ['ops'], metadata: { by: 'ann' } })
    expect((await recall('song of whales')).records[0]?.similarity).toBeGreaterThan(0.4)
    expect((await recall('deploy Tuesday')).records[0]?.similarity).toBeLessThan(0.3)
    expect(await historyOf('a')).toMatchObject([
      { version: 1, change: 'captured', text: 'We deploy on Tuesdays.' },
      { version: 2, change: 'updated', note: { changed: ['text'] }, text: 'Whales sing in the cold sea.' },
    ])
    const [duplicate] = (await capture('whales sing in the cold sea.', { kind: 'decision' })).duplicates
    expect(duplicate).toEqual({ id: 'a', similarity: 1, exact: true })
  })

  test('removes a source, and keeps what is not named', async () => {
    await capture('x marks the spot', { id: 'a', source: 'map', tags: ['t'] })
    const updated = await place.run('memory.update', { id: 'a', source: null })
    expect(updated).toMatchObject({ source: null, tags: ['t'], kind: 'note' })
  })

  test('of another version than was read is refused', async () => {
    await capture('We deploy on Tuesdays.', { id: 'a' })
    await place.run('memory.update', { id: 'a', confidence: 0.9, ifVersion: 1 })
    const stale = { id: 'a', text: 'We deploy on Mondays.', ifVersion: 1 }
    await refused(() => place.run('memory.update', stale), { code: 'REVISION_CONFLICT' })
    await refused(() => place.run('memory.update', { id: 'a', confidence: 0, ifVersion: 7 }), {
      code: 'REVISION_CONFLICT',
    })
  })

  test('many at once are made one after the other, and none is lost', async () => {
    await capture('We deploy on Tuesdays.', { id: 'a' })
    await Promise.all(['kind', 'source'].map((field) => place.run('memory.update', { id: 'a', [field]: 'x' })))
    const [last] = (await place.run('memory.list', {})).records
    expect(last).toMatchObject({ kind: 'x', source: 'x', version: 3 })
  })

  test('says what waits for its vector, also where a record that was laid aside is active again', async () => {
    await capture('We deploy on Tuesdays.', { id: 'a', wait: false })
    expect(await place.run('memory.update', { id: 'a', confidence: 1 })).toMatchObject({ pending: 1 })
    expect(await place.run('memory.update', { id: 'a', status: 'archived' })).toMatchObject({ pending: 0 })
    expect(await place.run('memory.update', { id: 'a', status: 'active' })).toMatchObject({ pending: 1 })
    expect(await place.run('backfill', {})).toMatchObject({ filled: 1 })
    expect(await place.run('memory.update', { id: 'a', confidence: 0 })).toMatchObject({ pending: 0 })
  })
})

describe('supersede', { timeout: LONG }, () => {
  test('changes both records together', async () => {
    await capture('We deploy on Tuesdays.', { id: 'a' })
    await capture('We deploy on Mondays.', { id: 'b', supersedes: ['a'] })
    const { records } = await place.run('memory.list', { status: 'any' })
    expect(records).toMatchObject([
      { id: 'a', status: 'superseded', supersededBy: 'b', version: 2 },
      { id: 'b', status: 'active', supersedes: ['a'], version: 1 },
    ])
    expect((await historyOf('a')).at(-1)).toMatchObject({ change: 'superseded', note: { by: 'b' } })
    const { documents } = await place.run('documents', { collection: 'memory' })
    expect(documents.map(({ metadata }) => Object.keys(metadata).sort())).toEqual([
      ['capturedAt', 'confidence', 'kind', 'status', 'supersededBy'],
      ['capturedAt', 'confidence', 'kind', 'status', 'supersedes'],
    ])
  })

  test('is refused in a cycle, and nothing changes', async () => {
    await capture('We deploy on Tuesdays.', { id: 'a' })
    await capture('We deploy on Mondays.', { id: 'b', supersedes: ['a'] })
    await capture('We deploy on Fridays.', { id: 'c', supersedes: ['b'] })
    const cycle = { code: 'SUPERSEDE_CYCLE', details: { field: 'supersedes' } }
    await refused(() => place.run('memory.update', { id: 'a', supersedes: ['a'] }), {
      ...{ ...cycle, fix: 'Name another record' },
    })
    await refused(() => place.run('memory.update', { id: 'a', supersedes: ['b'] }), cycle)
    await refused(() => place.run('memory.update', { id: 'a', supersedes: ['c'] }), {
      ...{ ...cycle, details: { path: ['a', 'b', 'c'] } },
      message: 'a cannot supersede c: a was superseded by b, which was superseded by c.',
    })
    await refused(() => capture('x', { id: 'd', supersedes: ['d'] }), cycle)
    await refused(() => capture('x', { id: 'd', supersedes: ['c', 'none'] }), { code: 'MEMORY_NOT_FOUND' })
  })

  test('is refused by what is not active, and of what another has superseded', async () => {
    for (const id of ['a', 'b', 'c']) await capture(`Whale ${id} sings.`, { id })
    await place.run('memory.update', { id: 'b', supersedes: ['a'] })
    await refused(() => place.run('memory.update', { id: 'c', supersedes: ['a'] }), {
      ...{ code: 'REVISION_CONFLICT', details: { supersededBy: 'b' } },
    })
    await refused(() => place.run('memory.update', { id: 'a', supersedes: ['c'] }), {
      ...{ code: 'INVALID_INPUT', details: { field: 'supersedes' } },
    })
    await refused(() => capture('Whale d sings.', { supersedes: ['c'], merge: true }), { details: { field: 'merge' } })
  })

  test('is undone where the record is made active again, which then may supersede in turn', async () => {
    await capture('We deploy on Tuesdays.', { id: 'a' })
    await capture('We deploy on Mondays.', { id: 'b', supersedes: ['a'] })
    await place.run('memory.update', { id: 'a', status: 'active' })
    const both = (await place.run('memory.list', {})).records
    expect(both).toMatchObject([
      { id: 'a', supersededBy: null },
      { id: 'b', supersedes: [] },
    ])
    await place.run('memory.update', { id: 'b', supersedes: ['a'] })
    await place.run('memory.update', { id: 'a', status: 'active', supersedes: ['b'] })
    const { records } = await place.run('memory.list', { status: 'any' })
    expect(records).toMatchObject([
      { id: 'a', status: 'active', supersedes: ['b'], supersededBy: null },
      { id: 'b', status: 'superseded', supersedes: [], supersededBy: 'a' },
    ])
  })

  test('two at once of the same record: one of them is told', async () => {
    await capture('We deploy on Tuesdays.', { id: 'a' })
    const results = await Promise.allSettled(
      ['b', 'c'].map((id) => capture(`We deploy on Mondays, says ${id}.`, { id, supersedes: ['a'] })),
    )
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'REVISION_CONFLICT' } })
    expect((await place.run('memory.list', { status: 'any' })).records).toHaveLength(2)
  })
})

describe('forget', { timeout: LONG }, () => {
  test('leaves neither chunk nor vector nor text, and says in the history that it was there', async () => {
    await capture('The launch code is 1234.', { id: 'a', metadata: { secret: 'zebra' } })
    await place.run('memory.update', { id: 'a', text: 'The launch code is 5678.' })
    await capture('the launch code is 5678.', { source: 'giraffe', merge: true })
    const { records, vectorIndex, lexicalIndex } = await place.parts.storage()
    const keys = (await records.chunksOfDocument('memory', 'a')).map(({ key }) => key)
    await place.run('memory.forget', { id: 'a' })
    const collection = await records.collection('memory')
    if (!collection) throw new Error('the memory is gone')
    const { fingerprint, dimensions } = sideModel(collection, 'text')
    expect((await records.vectors(keys, fingerprint)).size).toBe(0)
    const query = new Float32Array(dimensions).fill(0.1)
    expect(await vectorIndex(collection).search(query, { limit: 10 })).toEqual([])
    expect((await lexicalIndex(collection).search('launch code', { limit: 10 })).hits).toEqual([])
    const revisions = await historyOf('a')
    expect(revisions.at(-1)).toMatchObject({ change: 'forgotten', text: null, fields: null })
    expect(JSON.stringify(revisions)).not.toMatch(/launch|zebra|giraffe/)
    await expect(place.run('memory.forget', { id: 'a' })).rejects.toMatchObject({ code: 'MEMORY_NOT_FOUND' })
  })

  test('of an id that is captured again, its history goes on', async () => {
    await capture('We deploy on Tuesdays.', { id: 'a' })
    await place.run('memory.forget', { id: 'a' })
    expect(await capture('We deploy on Mondays.', { id: 'a' })).toMatchObject({ id: 'a', version: 3 })
    expect((await historyOf('a')).map(({ change }) => change)).toEqual(['captured', 'forgotten', 'captured'])
  })
})

describe('clocks that go back', { timeout: LONG }, () => {
  test('do not turn the history round', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 * DAY })
    await capture('We deploy on Tuesdays.', { id: 'a' })
    vi.setSystemTime(900 * DAY)
    await place.run('memory.update', { id: 'a', confidence: 0.9 })
    await place.run('memory.update', { id: 'a', text: 'We deploy on Mondays.' })
    const times = (await historyOf('a')).map(({ at }) => at)
    expect(times).toEqual([1_000 * DAY, 1_000 * DAY, 1_000 * DAY])
    expect((await recall('deploy')).records[0]).toMatchObject({ id: 'a', capturedAt: 1_000 * DAY })
  })
})

describe('what cannot be a record is refused, and nothing changes', { timeout: LONG }, () => {
  beforeEach(async () => {
    await capture('We deploy on Tuesdays.', { id: 'a', kind: 'decision' })
  })

  test.each<[string, object, string, string]>([
    ['no text', { text: '' }, 'INVALID_INPUT', 'text'],
    ['blanks', { text: ' \n\t' }, 'INVALID_INPUT', 'text'],
    ['less than no confidence', { confidence: -0.1 }, 'INVALID_INPUT', 'confidence'],
    ['confidence that is no number', { confidence: Number.NaN }, 'INVALID_INPUT', 'confidence'],
    ['a time that never comes', { capturedAt: Number.POSITIVE_INFINITY }, 'INVALID_INPUT', 'capturedAt'],
    ['an empty tag', { tags: [''] }, 'INVALID_INPUT', 'tags.0'],
    ['metadata that is a field', { metadata: { supersededBy: 'x' } }, 'INVALID_INPUT', 'metadata.supersededBy'],
    ['an empty id', { id: '' }, 'INVALID_INPUT', 'id'],
  ])('%s', async (_, given, code, field) => {
    await refused(() => capture('x', given), { code, details: { field } })
    if (!('id' in given) && !('capturedAt' in given))
      await refused(() => place.run('memory.update', { id: 'a', ...given }), { code, details: { field } })
  })

  test('a kind that is not configured, with those that are', async () => {
    await place.reopen({ memoryKinds: ['decision', 'lesson'] })
    const error = { code: 'KIND_UNKNOWN', details: { kind: 'note', known: ['decision', 'lesson'] } }
    await refused(() => capture('x'), error)
    await refused(() => place.run('memory.update', { id: 'a', kind: 'note' }), error)
    await refused(() => recall('x', { kinds: ['note'] }), error)
    expect(await capture('x', { kind: 'lesson' })).toMatchObject({ kind: 'lesson' })
  })

  test('an id that is taken or unknown', async () => {
    const taken = { code: 'DOCUMENT_EXISTS', fix: expect.stringContaining('semdex memory update') }
    await refused(() => capture('x', { id: 'a' }), taken)
    for (const name of ['memory.forget', 'memory.history'] as const)
      await refused(() => place.run(name, { id: 'none' }), { code: 'MEMORY_NOT_FOUND', details: { id: 'none' } })
    await refused(() => place.run('memory.update', { id: 'none', kind: 'x' }), { code: 'MEMORY_NOT_FOUND' })
  })

  test('a collection whose vectors are the caller’s own', async () => {
    const { records } = await place.parts.storage()
    await records.createCollection({ name: 'own', model: null, fingerprint: 'own', dimensions: 3 })
    await refused(() => capture('x', { collection: 'own' }), { code: 'COLLECTION_MODEL_MISMATCH' })
  })
})

test('odd texts come back as they were', { timeout: LONG }, async () => {
  const odd = 'NUL \0, lone \ud800, pair \u{1f600}'
  const metadata: Record<string, MetadataValue> = { deep: { list: [1, null, odd] } }
  await capture(odd, { id: odd, tags: [odd.slice(0, 5)], source: odd, metadata })
  const { records } = await place.run('memory.list', {})
  expect(records).toMatchObject([{ id: odd, text: odd, source: odd, metadata }])
  expect(await capture(odd, { merge: true })).toMatchObject({ id: odd, merged: true })
})
