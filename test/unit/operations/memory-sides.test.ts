import { afterAll, beforeAll, expect, test } from 'vitest'
import { asset, describeWithAssets } from '../../support/assets.ts'
import { openWorkplace, type Workplace } from './support.ts'

describeWithAssets('memory of two models', ['fixtures'], () => {
  let place: Workplace
  beforeAll(async () => {
    place = openWorkplace()
    const [model, codeModel] = [asset('fixtures/tiny-jina-task'), asset('fixtures/tiny-qodo-last')]
    await place.run('collections.create', { name: 'memory', model, codeModel })
  })
  afterAll(() => place.close())

  const capture = (text: string, more: object) => place.run('memory.capture', { text, ...more })
  const sideOf = async (id: string) => (await (await place.parts.storage()).records.document('memory', id))?.side
  const status = () => place.run('status', {})

  test('the kind decides which reads a record, and duplicates are looked for among its own', async () => {
    await capture('Retry with a growing pause.', { id: 'words', kind: 'lesson' })
    await capture('for (let n = 0; n < 3; n++) await attempt(2 ** n)', { id: 'loop', kind: 'code_pattern' })
    expect([await sideOf('words'), await sideOf('loop')]).toEqual(['text', 'code'])
    const near = await capture('for (let n = 0; n < 4; n++) await attempt(2 ** n)', {
      id: 'near',
      kind: 'code_pattern',
    })
    expect(near).toMatchObject({ compared: 'meaning', embedded: 1, pending: 0 })
    for (const { similarity } of near.duplicates) expect(similarity).toBeGreaterThan(0.9)
    expect(await status()).toMatchObject({ pending: 0, failed: 0 })
  })

  test('a kind of the other side has the text read by its model, once', async () => {
    const moved = await place.run('memory.update', { id: 'words', kind: 'code_pattern' })
    expect(moved).toMatchObject({ kind: 'code_pattern', version: 2, embedded: 1, pending: 0 })
    expect(await sideOf('words')).toBe('code')
    expect(await place.run('memory.update', { id: 'words', kind: 'code_template' })).toMatchObject({ embedded: 0 })
    expect(await place.run('memory.update', { id: 'words', kind: 'lesson' })).toMatchObject({ embedded: 1 })
    expect(await sideOf('words')).toBe('text')
  })

  test('recall finds records of both', async () => {
    const { records, degraded } = await place.run('memory.recall', { query: 'retry attempt pause', explain: true })
    expect(degraded).toBeNull()
    expect(records.map(({ id }) => id).sort()).toEqual(expect.arrayContaining(['loop', 'words']))
  })
})
