import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Configuration } from '../../src/core/configuration.ts'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import type { Parts } from '../../src/core/parts.ts'
import { invoke } from '../../src/operations/operation.ts'
import { operations } from '../../src/operations/table.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { DEFAULT_FOLDER, specOf } from '../support/embedding.ts'
import { type Hub, sha256, startHub } from '../support/hub-server.ts'

const WEIGHTS = 'onnx/model.onnx'
const TINY = 'fixtures/tiny-bert-mean'
/** Of the catalogue; its checksums are not published. */
const NAMED = 'multilingual-e5-small'

let folder: string
let hub: Hub
let warnings: string[]
const opened: Parts[] = []

describeWithAssets('models that are pulled, added and removed', ['fixtures'], () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'semdex-install-'))
    hub = await startHub(filesOf(TINY))
    warnings = []
  })
  afterEach(async () => {
    for (const parts of opened.splice(0)) await parts.close()
    await hub.close()
    rmSync(folder, { recursive: true })
  })

  test('checksums that nobody publishes are recorded at the first pull, and hold from then on', async () => {
    const { models } = open()
    const name = NAMED
    expect(await models.resolve(name)).toMatchObject({ folder: null, fingerprint: null })

    const pulled = await models.pull(name, {})
    expect(pulled).toMatchObject({ model: name, folder: cached(name), licence: 'MIT' })
    expect(pulled.files.map(({ path, state }) => [path, state])).toEqual([
      [WEIGHTS, 'downloaded'],
      ['tokenizer.json', 'downloaded'],
    ])
    expect(hub.seen.map(({ url }) => url)).toEqual([
      `/intfloat/multilingual-e5-small/resolve/main/${WEIGHTS}`,
      '/intfloat/multilingual-e5-small/resolve/main/tokenizer.json',
    ])
    const installed = await models.resolve(name)
    const weights = hub.files[WEIGHTS] as Buffer
    expect(installed.spec).toEqual({
      ...specOf(name),
      files: [
        { role: 'weights', path: WEIGHTS, sha256: sha256(weights), bytes: weights.length },
        expect.objectContaining({ role: 'tokenizer', sha256: sha256(hub.files['tokenizer.json'] as Buffer) }),
      ],
    })
    expect(installed.fingerprint).toMatch(/^[0-9a-f]{32}$/)
    expect(readRecord(name)).toEqual(installed.spec)

    flipBit(join(cached(name), WEIGHTS))
    expect(await models.resolve(name)).toEqual(installed)
    await expect(models.verify(name)).rejects.toMatchObject({
      code: 'MODEL_DAMAGED',
      details: { file: join(cached(name), WEIGHTS), expected: sha256(weights) },
      fix: expect.stringContaining(`semdex models pull ${name}`),
    })
    hub.files[WEIGHTS] = Buffer.concat([weights, Buffer.from('another')])
    await expect(models.pull(name, {})).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' })
    hub.files[WEIGHTS] = weights
    expect((await models.pull(name, {})).files.map(({ state }) => state)).toEqual(['downloaded', 'present'])
  })

  test('a checksum of the catalogue comes before one that was recorded', async () => {
    const { models } = open()
    const spec = specOf('gte-small')
    place('gte-small', {
      'onnx/model_quantized.onnx': 'not what is published',
      'tokenizer.json': '{}',
      'semdex.json': JSON.stringify({
        ...spec,
        files: spec.files.map((file) => ({ ...file, sha256: '0'.repeat(64), bytes: 21 })),
      }),
    })
    expect((await models.resolve('gte-small')).spec.files).toEqual([
      spec.files[0],
      { role: 'tokenizer', path: 'tokenizer.json', sha256: '0'.repeat(64), bytes: 21 },
    ])
    await expect(models.verify('gte-small')).rejects.toMatchObject({ code: 'MODEL_DAMAGED' })
  })

  test('files that somebody put there are taken as they are', async () => {
    const { models } = open({ modelFolders: [join(folder, 'mine')] })
    const tokenizer = '{"put": "by hand"}'
    write(join(folder, 'mine/gte-small'), { 'onnx/model_quantized.onnx': 'x' })
    expect((await models.resolve('gte-small')).folder).toBeNull()
    write(join(folder, 'mine/gte-small'), { 'tokenizer.json': tokenizer })
    const { spec, fingerprint, folder: where } = await models.resolve('gte-small')
    expect(where).toBe(join(folder, 'mine/gte-small'))
    expect(spec.files[1]).toMatchObject({ sha256: sha256(Buffer.from(tokenizer)), bytes: tokenizer.length })
    expect(fingerprint).not.toBeNull()
  })

  test('no collection is made for a model whose fingerprint is not known yet', async () => {
    const parts = open()
    const create = operations['collections.create']
    const made = invoke(await create(), parts, { name: 'c', model: 'jina-embeddings-v3' })
    await expect(made).rejects.toMatchObject({
      code: 'MODEL_NOT_INSTALLED',
      fix: 'semdex models pull jina-embeddings-v3',
    })
    const later = await invoke(await create(), parts, { name: 'c', model: 'e5-small-v2' })
    expect(later.model).toBe('e5-small-v2')
    const reranker = invoke(await create(), parts, { name: 'd', model: await added(asset('fixtures/tiny-reranker')) })
    await expect(reranker).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  })

  test('a collection whose model was removed keeps its vectors, and is searched by keyword', async () => {
    const parts = open()
    await invoke(await operations.add(), parts, {
      model: await added(asset(TINY)),
      documents: [{ id: 'a', text: 'hello world' }],
    })
    const before = await (await parts.storage()).records.collection('default')
    await parts.models.remove('tiny-bert-mean')
    expect(before?.fingerprint).toMatch(/^[0-9a-f]{32}$/)
    const { hits, degraded } = await invoke(await operations.search(), parts, { query: 'hello' })
    expect(hits.map(({ documentId }) => documentId)).toEqual(['a'])
    expect(degraded?.code).toBe('MODEL_UNKNOWN')
    expect((await (await parts.storage()).records.counts())[0]).toMatchObject({ pending: 0, chunks: 1 })
  })

  test('a collection waits for a model whose fingerprint is not known while it is away', async () => {
    const parts = open()
    const model = 'Qodo-Embed-1-1.5B'
    const add = async (id: string) =>
      invoke(await operations.add(), parts, { model, documents: [{ id, text: `hello ${id}` }] })
    await parts.models.add(asset('fixtures/tiny-qodo-last'), { name: model })
    await add('a')
    const { records } = await parts.storage()
    const before = await records.collection('default')
    await parts.models.remove(model)
    expect(await parts.models.resolve(model)).toMatchObject({ folder: null, fingerprint: null })
    expect((await add('b')).degraded).toMatchObject({ code: 'MODEL_NOT_INSTALLED' })
    expect((await invoke(await operations.search(), parts, { query: 'hello' })).degraded?.code).toBe(
      'MODEL_NOT_INSTALLED',
    )
    expect(await records.collection('default')).toEqual(before)
    expect((await records.counts())[0]).toMatchObject({ chunks: 2, pending: 1 })
  })

  test('a model with its files nowhere tells how to export it', async () => {
    const { models } = open()
    const error = { code: 'MODEL_NOT_INSTALLED', fix: expect.stringMatching(/Export .* docs\/models\.md/) }
    await expect(models.pull('Qodo-Embed-1-1.5B', {})).rejects.toMatchObject(error)
    await expect(models.embedder('Qodo-Embed-1-1.5B')).rejects.toMatchObject(error)
    expect((await models.list()).find(({ name }) => name === 'Qodo-Embed-1-1.5B')).toMatchObject({ folder: null })

    await models.add(asset('fixtures/tiny-qodo-last'), { name: 'Qodo-Embed-1-1.5B' })
    const { spec } = await models.resolve('Qodo-Embed-1-1.5B')
    expect(spec).toMatchObject({ licence: 'QodoAI-Open-RAIL-M', pooling: 'last', endToken: 1_997, maxTokens: 160 })
    const [result] = await (await models.embedder('Qodo-Embed-1-1.5B')).embed(['hello'], { kind: 'query' })
    expect(result).toMatchObject({ ok: true })
    expect(warnings).toEqual([spec.notice])
  })

  test('a spec with a repository is pulled, with the checksums of the spec or without', async () => {
    const { models } = open()
    const spec = tinySpec()
    const notices: string[] = []
    await models.add(writeSpec({ ...spec, notice: 'Mind it.' }), { onNotice: (notice) => notices.push(notice) })
    expect(notices).toEqual(['Mind it.'])
    expect(await embedHello('tiny')).toHaveLength(48)
    expect(warnings).toEqual(['Mind it.'])

    const wrong = spec.files.map((file) => ({ ...file, sha256: '1'.repeat(64), bytes: null }))
    await expect(models.add(writeSpec({ ...spec, name: 'wrong', files: wrong }), {})).rejects.toMatchObject({
      code: 'DOWNLOAD_CORRUPT',
    })
    await expect(models.resolve('wrong')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' })
  })

  test('a spec with its files beside it is copied; one without them and without a repository is refused', async () => {
    const { models } = open()
    const beside = join(folder, 'beside')
    cpSync(asset(TINY), beside, { recursive: true })
    const spec = { ...tinySpec(), source: { repository: 'mine', revision: null } }
    const file = writeSpec(spec, beside)
    expect((await models.add(file, { name: 'copied' })).files.map(({ state }) => state)).toEqual(['copied', 'copied'])
    rmSync(beside, { recursive: true })
    expect(await embedHello('copied')).toHaveLength(48)
    expect(hub.seen).toEqual([])
    await expect(models.add(writeSpec(spec, join(folder, 'alone')), {})).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      details: { file: join(folder, 'alone', WEIGHTS) },
    })
  })

  test('a spec of a server needs no files', async () => {
    const { models } = open()
    const remote = { url: 'http://127.0.0.1:9/v1', model: 'any', keyVariable: null }
    const spec = { ...tinySpec(), name: 'server', runtime: 'remote' as const, files: [], remote }
    expect(await models.add(writeSpec(spec), {})).toMatchObject({ model: 'server', files: [] })
    const { fingerprint, folder: where } = await models.resolve('server')
    expect({ where, known: fingerprint !== null }).toEqual({ where: cached('server'), known: true })
    expect(await models.tokenCounter('server')).toBeNull()
    expect((await models.verify('server')).files).toEqual([])
  })

  test('a folder is copied, so that it may go; adding it again changes nothing; another of its name is refused', async () => {
    const { models } = open()
    const source = join(folder, 'tiny')
    cpSync(asset(TINY), source, { recursive: true })
    await models.add(source, {})
    expect((await models.add(source, {})).files.map(({ state }) => state)).toEqual(['present', 'present'])
    rmSync(source, { recursive: true })
    expect(await embedHello('tiny')).toHaveLength(48)
    expect((await models.list()).find(({ name }) => name === 'tiny')).toMatchObject({ folder: cached('tiny') })

    await expect(models.add(asset('fixtures/tiny-bert-cls'), { name: 'tiny' })).rejects.toMatchObject({
      code: 'MODEL_EXISTS',
      fix: expect.stringContaining('--name'),
    })
    await expect(models.add(asset(TINY), { name: 'e5-small-v2' })).rejects.toMatchObject({ code: 'MODEL_EXISTS' })
    await expect(models.add(asset(TINY), { name: '../up' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(await embedHello('tiny')).toHaveLength(48)
    expect(readdirSync(join(folder, 'cache/temporary'))).toEqual([])
  })

  test('a Hugging Face cache tells repository and revision, from which the model is repaired', async () => {
    const snapshot = join(folder, 'hub/models--tests--tiny/snapshots/abc123')
    cpSync(asset(TINY), snapshot, { recursive: true })
    mkdirSync(join(folder, 'hub/models--tests--tiny/refs'))
    writeFileSync(join(folder, 'hub/models--tests--tiny/refs/main'), 'abc123')
    const { models } = open()
    expect(await models.add(join(folder, 'hub/models--tests--tiny'), {})).toMatchObject({ model: 'tiny' })
    expect((await models.resolve('tiny')).spec.source).toEqual({ repository: 'tests/tiny', revision: 'abc123' })
    rmSync(join(cached('tiny'), WEIGHTS))
    expect(await embedHello('tiny')).toHaveLength(48)
    expect(hub.seen.map(({ url }) => url)).toEqual([`/tests/tiny/resolve/abc123/${WEIGHTS}`])
  })

  test('a broken folder is not added', async () => {
    const { models } = open()
    await expect(models.add(asset('fixtures/broken/bad-tokenizer'), {})).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      details: { file: asset('fixtures/broken/bad-tokenizer/tokenizer.json') },
    })
    await expect(models.add(join(folder, 'nothing'), {})).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    expect(existsSync(cached('bad-tokenizer'))).toBe(false)
  })

  test.each(['weights', 'tokenizer'] as const)(
    'damaged %s in the cache are pulled again when they are used',
    async (role) => {
      const { models } = open()
      await models.add(writeSpec(tinySpec()), {})
      const path = tinySpec().files.find((file) => file.role === role)?.path as string
      flipBit(join(cached('tiny'), path))
      hub.seen.length = 0
      expect((await models.tokenCounter('tiny'))?.count('hello')).toBeGreaterThan(0)
      expect(await embedHello('tiny')).toHaveLength(48)
      expect(hub.seen.map(({ url }) => url)).toEqual([`/tests/tiny/resolve/main/${path}`])
      expect(warnings).toEqual([expect.stringMatching(/is damaged.*It is pulled again/)])
      expect(readFileSync(join(cached('tiny'), path))).toEqual(hub.files[path])
    },
  )

  test('damage stays damage where nothing may be downloaded, or the hub has nothing better', async () => {
    await open().models.add(writeSpec(tinySpec()), {})
    flipBit(join(cached('tiny'), WEIGHTS))
    const damage = {
      code: 'MODEL_DAMAGED',
      details: { file: join(cached('tiny'), WEIGHTS) },
      fix: expect.stringContaining('semdex models pull tiny'),
    }
    hub.seen.length = 0
    await expect(open({ offline: true }).models.embedder('tiny')).rejects.toMatchObject(damage)
    expect({ requests: hub.seen, warnings }).toEqual({ requests: [], warnings: [] })
    delete hub.files[WEIGHTS]
    await expect(open().models.embedder('tiny')).rejects.toMatchObject(damage)
    expect(hub.seen.length).toBeGreaterThan(0)
  })

  test('a damaged model outside the cache gives way to a whole one in it', async () => {
    await open().models.add(asset(TINY), { name: 'tiny' })
    const mine = join(folder, 'mine/tiny')
    cpSync(cached('tiny'), mine, { recursive: true })
    flipBit(join(mine, WEIGHTS))
    const { models } = open({ modelFolders: [join(folder, 'mine')] })
    const [result] = await (await models.embedder('tiny')).embed(['hello'], { kind: 'query' })
    expect(result?.ok).toBe(true)
    expect(warnings).toEqual([expect.stringContaining(`The copy in ${cached('tiny')} is used instead`)])

    await open().models.remove('tiny')
    await expect(open({ modelFolders: [join(folder, 'mine')] }).models.embedder('tiny')).rejects.toMatchObject({
      code: 'MODEL_DAMAGED',
      details: { file: join(mine, WEIGHTS) },
    })
  })

  test('damage of what can be pulled says so', async () => {
    const { name } = specOf('all-MiniLM-L6-v2-fp16')
    write(join(folder, 'mine', name), { 'onnx/model_fp16.onnx': 'damaged', 'tokenizer.json': '{}' })
    await expect(open({ modelFolders: [join(folder, 'mine')] }).models.embedder(name)).rejects.toMatchObject({
      code: 'MODEL_DAMAGED',
      fix: expect.stringContaining(`semdex models pull ${name}`),
    })
  })

  test('what a package carries is not downloaded again', async () => {
    const { folder: where, files } = await open().models.pull('all-MiniLM-L6-v2', {})
    expect(where).toBe(DEFAULT_FOLDER)
    expect(files.map(({ state }) => state)).toEqual(['present', 'present'])
    expect(hub.seen).toEqual([])
  })

  test('a notice comes before the first byte', async () => {
    const events: string[] = []
    hub.files['onnx/model.onnx_data'] = Buffer.from('data')
    await open().models.pull('jina-embeddings-v3', {
      onNotice: (notice) => events.push(`${hub.seen.length} requests: ${notice}`),
    })
    expect(events).toEqual([`0 requests: ${specOf('jina-embeddings-v3').notice}`])
  })

  test('removed is the folder in the cache and what was made from it, and nothing else', async () => {
    const { models } = open()
    await models.add(asset(TINY), {})
    const [weights] = (await models.resolve('tiny-bert-mean')).spec.files
    write(join(folder, 'cache/derived'), { [`graph-1-${weights?.sha256}.ort`]: '12345', 'graph-1-other.ort': 'x' })
    const { bytes, folder: where } = await models.remove('tiny-bert-mean')
    expect(where).toBe(cached('tiny-bert-mean'))
    expect(bytes).toBeGreaterThan((weights?.bytes as number) + 5)
    expect(existsSync(where)).toBe(false)
    expect(readdirSync(join(folder, 'cache/derived'))).toEqual(['graph-1-other.ort'])
    await expect(models.remove('tiny-bert-mean')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' })
    await expect(models.remove('e5-small-v2')).rejects.toMatchObject({ code: 'MODEL_NOT_INSTALLED' })
    await expect(models.remove('../models')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' })
    await expect(models.remove('all-MiniLM-L6-v2')).rejects.toMatchObject({
      code: 'MODEL_NOT_INSTALLED',
      message: expect.stringContaining(DEFAULT_FOLDER),
      fix: 'npm uninstall @semdex/all-minilm-l6-v2',
    })
    expect(existsSync(join(DEFAULT_FOLDER, 'semdex.json'))).toBe(true)
  })

  test('several callers at once cause one download', async () => {
    const all = [open(), open(), open()].flatMap(({ models }) => [models.pull(NAMED, {}), models.pull(NAMED, {})])
    const pulled = await Promise.all(all)
    expect(hub.seen.length).toBe(2)
    expect(new Set(pulled.map(({ files }) => files[0]?.sha256)).size).toBe(1)
    expect(readdirSync(cached(NAMED)).sort()).toEqual(['onnx', 'semdex.json', 'tokenizer.json'])
  })

  test('a configured model that is none is told, and hides no other model', async () => {
    const { models } = open({ model: 'mistyped' })
    const listed = await models.list()
    expect(listed.map(({ name }) => name)).toContain('all-MiniLM-L6-v2')
    expect(listed.some(({ isDefault }) => isDefault)).toBe(false)
    expect(warnings).toEqual([expect.stringContaining('mistyped')])
  })

  test('one folder that cannot be read hides no other model', async () => {
    place('broken', { 'semdex.json': '{' })
    const { models } = open()
    const names = (await models.list()).map(({ name }) => name)
    expect(names).toContain('all-MiniLM-L6-v2')
    expect(names).not.toContain('broken')
    expect(warnings).toEqual([expect.stringContaining('broken')])
  })

  test('a reranker gives no vectors', async () => {
    const { models } = open()
    await models.add(asset('fixtures/tiny-reranker'), {})
    await expect(models.embedder('tiny-reranker')).rejects.toMatchObject({ code: 'MODEL_INVALID' })
    expect((await models.list()).find(({ name }) => name === 'tiny-reranker')?.spec.task).toBe('rerank')
  })
})

function open(flags: Partial<Configuration> = {}): Parts {
  const own = {
    cacheDirectory: join(folder, 'cache'),
    database: join(folder, 'db/semdex.db'),
    hubEndpoint: hub.endpoint,
  }
  const parts = openParts(loadConfiguration({ flags: { ...own, ...flags }, environment: {} }), {
    mode: 'inline',
    onWarning: (message) => warnings.push(message),
  })
  opened.push(parts)
  return parts
}

async function added(path: string): Promise<string> {
  return (await (opened[0] as Parts).models.add(path, {})).model
}

async function embedHello(name: string): Promise<Float32Array | null> {
  const [result] = await (await (opened[0] as Parts).models.embedder(name)).embed(['hello'], { kind: 'query' })
  return result?.ok ? result.vector : null
}

function cached(name: string): string {
  return join(folder, 'cache/models', name)
}

function place(name: string, files: Record<string, string>): void {
  write(cached(name), files)
}

function write(target: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(target, path)), { recursive: true })
    writeFileSync(join(target, path), content)
  }
}

function readRecord(name: string): unknown {
  return JSON.parse(readFileSync(join(cached(name), 'semdex.json'), 'utf8'))
}

function filesOf(fixture: string): Record<string, Buffer> {
  return Object.fromEntries(
    [WEIGHTS, 'tokenizer.json'].map((path) => [path, readFileSync(asset(`${fixture}/${path}`))]),
  )
}

/** As a user writes it: without checksums. */
function tinySpec(): ModelSpec {
  return {
    ...specOf('all-MiniLM-L6-v2'),
    name: 'tiny',
    source: { repository: 'tests/tiny', revision: null },
    precision: 'fp32',
    dimensions: 48,
    maxTokens: 128,
    files: [
      { role: 'weights', path: WEIGHTS, sha256: null, bytes: null },
      { role: 'tokenizer', path: 'tokenizer.json', sha256: null, bytes: null },
    ],
  }
}

function writeSpec(spec: ModelSpec, where = join(folder, 'specs')): string {
  mkdirSync(where, { recursive: true })
  const file = join(where, 'spec.json')
  writeFileSync(file, JSON.stringify(spec))
  return file
}

function flipBit(file: string): void {
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
  writeFileSync(file, bytes)
}
