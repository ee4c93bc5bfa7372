import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ArtifactStore, open, type Semdex } from '../../../src/index.ts'
import { asset, describeWithAssets } from '../../support/assets.ts'

describeWithAssets('artifacts of two models', ['fixtures'], () => {
  let folder: string
  let db: Semdex
  let store: ArtifactStore
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'semdex-artifacts-'))
  })
  beforeAll(async () => {
    db = await open({ database: join(folder, 'semdex.db'), artifactCodeKinds: ['macro'] })
    const [model, codeModel] = [asset('fixtures/tiny-jina-task'), asset('fixtures/tiny-qodo-last')]
    store = new ArtifactStore(db, { model, codeModel })
  })
  afterAll(async () => {
    await db.close()
    rmSync(folder, { recursive: true })
  })

  test('before the first, nothing is there, and a search says so', async () => {
    expect(await store.get('a')).toBeNull()
    expect(await store.history('a')).toEqual([])
    expect(await store.search('anything')).toMatchObject({ ok: false, error: { code: 'COLLECTION_NOT_FOUND' } })
  })

  test('each is read by the model of its kind, and its result is in its place', async () => {
    const results = await store.put([
      { id: 'story', kind: 'document', title: 'Story', body: 'Once upon a time there was a fox.' },
      { id: 'odd', kind: 'haiku', body: 'x' },
      { id: 'loop', kind: 'code_pattern', tags: ['control'], body: 'for (const x of xs) run(x)' },
      { id: 'empty', kind: 'template' },
      { id: 'own', kind: 'macro', body: '(defmacro when)', payload: { list: [1, { two: null }] } },
      { id: 'own', kind: 'macro', body: '(defmacro unless)', ifVersion: 7 },
    ])
    expect(results).toMatchObject([
      { ok: true, id: 'story', version: 1 },
      { ok: false, id: 'odd', error: { code: 'KIND_UNKNOWN' } },
      { ok: true, id: 'loop', version: 1 },
      { ok: false, id: 'empty', error: { code: 'INVALID_INPUT' } },
      { ok: true, id: 'own', version: 1 },
      { ok: false, id: 'own', error: { code: 'REVISION_CONFLICT' } },
    ])
    expect(await store.get('own')).toMatchObject({
      side: 'code',
      body: '(defmacro when)',
      payload: { list: [1, { two: null }] },
    })
    const code = await store.search('run over xs', { kinds: ['code_pattern', 'macro'] })
    expect(code).toMatchObject({ ok: true, degraded: null })
    const hits = code.ok ? code.results : []
    expect(hits.map(({ artifact }) => artifact.id).sort()).toEqual(['loop', 'own'])
    expect(new Set(hits.map(({ model }) => model))).toEqual(new Set([asset('fixtures/tiny-qodo-last')]))
    const text = await store.search('a fox', { kinds: ['document'], limit: 1 })
    expect(text).toMatchObject({
      results: [{ artifact: { id: 'story', title: 'Story' }, model: asset('fixtures/tiny-jina-task') }],
    })
  })

  test('a search that cannot be answered is an error, not an exception', async () => {
    expect(await store.search(' ')).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } })
    expect(await store.search('x', { kinds: ['haiku'] })).toMatchObject({ ok: false, error: { code: 'KIND_UNKNOWN' } })
    const ended = AbortSignal.abort()
    expect(await store.search('x', { signal: ended })).toMatchObject({ ok: false, error: { code: 'ABORTED' } })
  })

  test('versions are kept, and go with what is removed', async () => {
    await store.put([{ id: 'loop', kind: 'code_pattern', body: 'while (more()) run()', ifVersion: 1 }])
    expect(await store.history('loop')).toMatchObject([
      { version: 1, change: 'put', artifact: { body: 'for (const x of xs) run(x)', tags: ['control'] } },
      { version: 2, change: 'put', artifact: { body: 'while (more()) run()', tags: [] } },
    ])
    expect(await store.remove(['loop', 'none'])).toMatchObject([
      { ok: true, id: 'loop' },
      { ok: false, id: 'none', error: { code: 'DOCUMENT_NOT_FOUND' } },
    ])
    expect(await store.get('loop')).toBeNull()
    expect(await store.history('loop')).toMatchObject([
      { version: 1, artifact: null },
      { version: 2, artifact: null },
      { version: 3, change: 'removed', artifact: null },
    ])
    const ids: string[] = []
    for await (const { id } of store.list()) ids.push(id)
    expect(ids).toEqual(['story', 'own'])
  })

  test('the same id twice in one call has two versions, each told', async () => {
    const one = { id: 'twice', kind: 'document', body: 'One.' }
    expect(await store.put([one, { ...one, body: 'Two.' }])).toMatchObject([{ version: 1 }, { version: 2 }])
    expect(await store.put([one])).toMatchObject([{ version: 3 }])
  })
})
