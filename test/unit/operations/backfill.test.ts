import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { open } from '../../../src/index.ts'
import { openWorkplace, type Workplace } from './support.ts'

let workplace: Workplace
beforeEach(() => {
  workplace = openWorkplace()
})
afterEach(() => workplace.close())

const note = (i: number) => ({ id: `note-${i}`, text: `Note ${i} is about the moons of Jupiter.` })
const notes = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => note(from + i))

describe('add with wait: false', () => {
  test('stores texts that are found by keyword, and leaves their vectors to the backfill', async () => {
    const answer = await workplace.run('add', { documents: notes(0, 5), wait: false })
    expect(answer).toMatchObject({ added: 5, embedded: 0, reused: 0, pending: 5, degraded: null })
    const { hits } = await workplace.run('search', { query: 'jupiter', mode: 'lexical' })
    expect(hits).toHaveLength(5)
    const { waiting } = await workplace.run('status', {})
    expect(waiting).toMatchObject([{ collection: 'default', use: 'serving', waiting: 5, retrying: 0, lastError: null }])
    expect(workplace.parts.models.metrics()).toEqual([])
  })

  test('a collection that was removed meanwhile is made again', async () => {
    await workplace.run('add', { documents: [note(0)], wait: false })
    await workplace.run('collections.drop', { name: 'default' })
    expect(await workplace.run('add', { documents: [note(1)], wait: false })).toMatchObject({ added: 1, pending: 1 })
    expect(await workplace.run('documents', {})).toMatchObject({ documents: [{ id: 'note-1' }] })
  })

  test('another model than that of the collection is refused', async () => {
    await workplace.run('add', { documents: [note(0)], wait: false })
    const other = { documents: [note(1)], model: 'bge-small-en-v1.5', wait: false }
    await expect(workplace.run('add', other)).rejects.toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH' })
  })

  test('no model is needed', async () => {
    await workplace.reopen({ embeddings: false })
    expect(await workplace.run('add', { documents: [note(0)], wait: false })).toMatchObject({ added: 1, pending: 1 })
  })
})

describe('add.files with wait: false', () => {
  const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')

  test('stores files that are found by keyword, and leaves their vectors to the backfill', async () => {
    const files = [
      { name: 'notes/moons.md', content: base64('# Moons\n\nThe moons of Jupiter.\n') },
      { name: 'picture.png', content: base64('\u0089PNG\u0000') },
    ]
    const answer = await workplace.run('add.files', { files, wait: false })
    expect(answer).toMatchObject({ added: 1, failed: 1, embedded: 0, pending: 1, degraded: null })
    expect(answer.results).toMatchObject([{ id: 'notes/moons.md' }, { error: { code: 'FILE_BINARY' } }])
    const { hits } = await workplace.run('search', { query: 'jupiter', mode: 'lexical' })
    expect(hits).toMatchObject([{ documentId: 'notes/moons.md' }])
    expect(workplace.parts.models.metrics()).toEqual([])
    expect(await workplace.run('backfill', {})).toMatchObject({ filled: 1, waiting: 0 })
  })

  test('waits unless it is told not to', async () => {
    const files = [{ name: 'moons.md', content: base64('The moons of Jupiter.') }]
    expect(await workplace.run('add.files', { files })).toMatchObject({ added: 1, embedded: 1, pending: 0 })
  })
})

describe('backfill', () => {
  test('fills five of five, two of two new ones, then none', async () => {
    await workplace.run('add', { documents: notes(0, 5), wait: false })
    expect(await workplace.run('backfill', {})).toMatchObject({ filled: 5, embedded: 5, waiting: 0 })
    await workplace.run('add', { documents: notes(5, 7), wait: false })
    expect(await workplace.run('backfill', {})).toMatchObject({ filled: 2, embedded: 2, waiting: 0 })
    expect(await workplace.run('backfill', {})).toMatchObject({ filled: 0, embedded: 0, waiting: 0, indexes: [] })
    const { hits } = await workplace.run('search', { query: 'what circles a planet', mode: 'vector' })
    expect(hits.length).toBe(7)
    expect((await workplace.run('status', {})).waiting).toEqual([])
  })

  test('makes the vectors that adding and waiting makes', async () => {
    await workplace.run('add', { documents: [{ ...note(1), title: 'Moons' }], collection: 'waited' })
    await workplace.run('add', { documents: [{ ...note(1), title: 'Moons' }], collection: 'later', wait: false })
    await workplace.run('backfill', { collection: 'later' })
    const [waited, later] = await Promise.all(
      ['waited', 'later'].map(async (collection) => {
        const answer = await workplace.run('embeddings.get', { id: 'note-1', collection })
        return answer.kind === 'document' ? answer.chunks[0]?.embedding : null
      }),
    )
    expect(later).toEqual(waited)
    expect(later).not.toBeNull()
  })

  test('reads a text once that another document has the vector of', async () => {
    await workplace.run('add', { documents: [note(1)] })
    await workplace.run('add', { documents: [{ ...note(1), id: 'again' }], wait: false })
    expect(await workplace.run('backfill', {})).toMatchObject({ filled: 1, embedded: 0, reused: 1 })
  })

  test('takes one collection alone', async () => {
    await workplace.run('add', { documents: [note(0)], collection: 'a', wait: false })
    await workplace.run('add', { documents: [note(0)], collection: 'b', wait: false })
    expect(await workplace.run('backfill', { collection: 'b' })).toMatchObject({
      filled: 1,
      indexes: [{ collection: 'b' }],
    })
    expect(await workplace.run('backfill', {})).toMatchObject({ filled: 1, indexes: [{ collection: 'a' }] })
  })

  test('says why it embeds nothing where no model may be used', async () => {
    await workplace.run('add', { documents: [note(0)], wait: false })
    await workplace.reopen({ embeddings: false })
    await expect(workplace.run('backfill', {})).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' })
    expect((await workplace.run('status', {})).pending).toBe(1)
  })

  test('keeps the error of a text that cannot be embedded, and tries it again when it is asked to', async () => {
    await workplace.run('add', { documents: [{ id: 'odd', text: '\u200b\u0001' }, note(0)], wait: false })
    expect(await workplace.run('backfill', {})).toMatchObject({ filled: 1, failed: 1, waiting: 0 })
    expect(await workplace.run('backfill', {})).toMatchObject({ filled: 0, failed: 0 })
    expect(await workplace.run('backfill', { retryFailed: true })).toMatchObject({ filled: 0, failed: 1 })
    expect((await workplace.run('status', {})).waiting).toMatchObject([{ failed: 1, waiting: 0 }])
  })

  test('tells how far it is', async () => {
    await workplace.run('add', { documents: notes(0, 40), wait: false })
    const told: unknown[] = []
    await workplace.run('backfill', {}, { onProgress: (progress) => void told.push(progress) })
    expect(told.at(-1)).toEqual({ stage: 'embed', done: 40, total: 40, unit: 'chunks' })
  })
})

describe('in the background', () => {
  const settings = () => ({ database: workplace.path('library/semdex.db'), workers: 1 })

  test('a program embeds what it added without waiting, and tells of it', async () => {
    const events: unknown[] = []
    const db = await open({ ...settings(), onLog: (event) => void events.push(event) })
    expect(await db.add(notes(0, 3), { wait: false })).toMatchObject({ added: 3, pending: 3 })
    await expect.poll(async () => (await db.status()).pending, { timeout: 30_000 }).toBe(0)
    expect(await db.search('what circles a planet', { mode: 'vector' })).toMatchObject({ degraded: null })
    await expect
      .poll(() => events)
      .toContainEqual(expect.objectContaining({ event: 'backfill', filled: 3, failed: 0, error: null }))
    await db.close()
  })

  test('what a program left is embedded by the next one that may', async () => {
    const first = await open({ ...settings(), backfill: 'off' })
    await first.add(notes(0, 3), { wait: false })
    await first.close()
    const second = await open({ ...settings(), backfill: 'on' })
    await expect.poll(async () => (await second.status()).pending, { timeout: 30_000 }).toBe(0)
    await second.close()
  })

  test('nothing is embedded where that is switched off, or nobody added without waiting', async () => {
    const db = await open({ ...settings(), backfill: 'off' })
    await db.add(notes(0, 2), { wait: false })
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect((await db.status()).pending).toBe(2)
    await db.close()
    const auto = await open(settings())
    await auto.status()
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect((await auto.status()).pending).toBe(2)
    expect(await auto.backfill()).toMatchObject({ filled: 2 })
    await auto.close()
  })

  test('closing ends what is under way, and loses nothing', async () => {
    const db = await open(settings())
    await db.add(notes(0, 300), { wait: false })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await db.close()
    const again = await open({ ...settings(), backfill: 'off' })
    const { pending } = await again.status()
    expect(await again.backfill()).toMatchObject({ filled: pending, waiting: 0 })
    await again.close()
  })
})
