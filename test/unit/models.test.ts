import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { openTokenCounter } from '../../src/embedding/tokenizing/token-counter.ts'
import { CATALOGUE } from '../../src/models/catalogue/catalogue.ts'
import { embeddingFingerprint } from '../../src/models/fingerprint.ts'
import { readSpecFile } from '../../src/models/folders/spec-schema.ts'
import { type ModelSettings, openModels } from '../../src/models/models.ts'
import { inRepository } from '../support/assets.ts'
import { DEFAULT_FOLDER, openTestEmbedder, specOf } from '../support/embedding.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-models-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const NO_HUB = { hubEndpoint: 'http://127.0.0.1:9', hubToken: null, proxy: null, noProxy: null, offline: true }
const cacheDirectory = () => join(folder, 'cache')
function open(settings: Partial<ModelSettings> = {}) {
  return openModels(
    { ...NO_HUB, model: null, embeddings: true, modelFolders: [], cacheDirectory: cacheDirectory(), ...settings },
    {
      openEmbedder: ({ spec, folder: from }) =>
        openTestEmbedder({ spec, folder: from, mode: 'inline', cacheDirectory: cacheDirectory() }),
      openReranker: () => Promise.reject(new Error('not a part of this test')),
      openTokenCounter,
    },
  )
}

/** A copy of the default model in a folder of its own. */
function copyOfDefault(name: string): string {
  const target = join(folder, name)
  cpSync(DEFAULT_FOLDER, target, { recursive: true })
  return target
}

describe('resolving a name', () => {
  test('no name is the embedded default, wherever it is asked', async () => {
    const models = open()
    const unnamed = await models.resolve(null)
    expect(unnamed).toEqual(await models.resolve('all-MiniLM-L6-v2'))
    expect(unnamed.folder).toBe(DEFAULT_FOLDER)
    expect((await models.list()).filter(({ isDefault }) => isDefault).map(({ name }) => name)).toEqual([unnamed.name])
  })

  test('the configured model comes before the embedded default, a named one before both', async () => {
    const models = open({ model: 'e5-small-v2' })
    expect((await models.resolve(null)).name).toBe('e5-small-v2')
    expect((await models.resolve('bge-small-en-v1.5')).name).toBe('bge-small-en-v1.5')
  })

  test('an unknown name says which are known', async () => {
    await expect(open().resolve('gpt-9')).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      details: { known: expect.arrayContaining(['all-MiniLM-L6-v2', 'jina-embeddings-v3']) },
    })
  })

  test('a model that is not on this machine has no folder, and cannot be opened', async () => {
    const models = open()
    expect(await models.resolve('e5-small-v2')).toMatchObject({ folder: null })
    expect(await models.tokenCounter('e5-small-v2')).toBeNull()
    await expect(models.embedder('e5-small-v2')).rejects.toMatchObject({
      code: 'MODEL_NOT_INSTALLED',
      fix: 'semdex models pull e5-small-v2',
    })
  })

  test('a folder with a spec is found by its name below a model folder, and by its path', async () => {
    const path = copyOfDefault('mine')
    const spec = { ...readSpecFile(join(path, 'semdex.json')), name: 'mine', maxTokens: 128 }
    writeFileSync(join(path, 'semdex.json'), JSON.stringify(spec))
    const named = await open({ modelFolders: [folder] }).resolve('mine')
    expect(named).toMatchObject({ name: 'mine', folder: path, spec })
    const byPath = await open().resolve(path)
    expect(byPath).toMatchObject({ folder: path, spec, fingerprint: named.fingerprint })
    expect((await open().resolve(byPath.name)).folder).toBe(path)
  })

  test('a folder of a known model, without a spec, is run as the catalogue says', async () => {
    const path = copyOfDefault('somewhere')
    rmSync(join(path, 'semdex.json'))
    expect((await open().resolve(path)).spec).toEqual(specOf('all-MiniLM-L6-v2'))
  })

  test.each([
    ['{', /JSON/],
    ['{"name": ""}', /name/],
    [JSON.stringify({ ...CATALOGUE[0], pooling: 'max' }), /pooling/],
    [JSON.stringify({ ...CATALOGUE[0], extra: 1 }), /extra/],
    [JSON.stringify({ ...CATALOGUE[0], files: [{ ...CATALOGUE[0]?.files[0], path: '../../etc/passwd' }] }), /path/],
  ])('a wrong spec is refused, naming file and field: %s', (text, field) => {
    const file = join(folder, 'semdex.json')
    writeFileSync(file, text)
    expect(() => readSpecFile(file)).toThrowError(field)
    expect(() => readSpecFile(file)).toThrowError(expect.objectContaining({ code: 'MODEL_INVALID', details: { file } }))
  })
})

test('the package says the same as the catalogue', () => {
  expect(readSpecFile(join(DEFAULT_FOLDER, 'semdex.json'))).toEqual(specOf('all-MiniLM-L6-v2'))
})

describe('the fingerprint', () => {
  const spec = specOf('all-MiniLM-L6-v2')
  const changes: Partial<ModelSpec>[] = [
    { pooling: 'cls' },
    { maxTokens: 128 },
    { dimensions: 383 },
    { precision: 'fp32' },
    { prompts: { query: 'q: ', passage: '' } },
    { prompts: { query: '', passage: 'q: ' } },
    { files: spec.files.map((file) => ({ ...file, sha256: (file.sha256 as string).replace(/^./, '0') })) },
    { files: spec.files.map((file) => (file.role === 'weights' ? file : { ...file, sha256: '1'.repeat(64) })) },
  ]

  test.each(changes)('follows what decides a vector: %o', (change) => {
    expect(embeddingFingerprint({ ...spec, ...change })).not.toBe(embeddingFingerprint(spec))
  })

  test('follows nothing else', () => {
    const files = spec.files.map((file) => ({ ...file, path: `elsewhere/${file.path}` })).reverse()
    expect(embeddingFingerprint({ ...spec, name: 'other', summary: '', licence: 'MIT', files })).toBe(
      embeddingFingerprint(spec),
    )
    expect(embeddingFingerprint(spec)).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('verifying', () => {
  const weights = 'onnx/model_quantized.onnx'
  const damage = (file: string) => {
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
    writeFileSync(file, bytes)
  }

  test('one flipped bit is found, with the file and the way out', async () => {
    const path = copyOfDefault('damaged')
    damage(join(path, weights))
    const found = {
      code: 'MODEL_DAMAGED',
      details: { file: join(path, weights) },
      fix: expect.stringContaining('npm ci'),
    }
    await expect(open().embedder(path)).rejects.toMatchObject(found)
    await expect(open().verify(path)).rejects.toMatchObject(found)
  })

  test('a damaged tokenizer is found', async () => {
    const path = copyOfDefault('damaged')
    damage(join(path, 'tokenizer.json'))
    await expect(open().embedder(path)).rejects.toMatchObject({
      code: 'MODEL_DAMAGED',
      details: { file: join(path, 'tokenizer.json') },
    })
  })

  test('a file is hashed again when its size, time or inode changed, and when it is forced', async () => {
    const path = copyOfDefault('changing')
    await open().verify(path)
    const file = join(path, weights)
    const { atime, mtime } = statSync(file)
    damage(file)
    await expect(open().embedder(path)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' })

    copyFileSync(join(DEFAULT_FOLDER, weights), file)
    utimesSync(file, atime, mtime)
    await open().verify(path)
    damage(file)
    utimesSync(file, atime, mtime)
    await (await open().embedder(path)).close()
    await expect(open().verify(path)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' })
  })

  test('says what it hashed', async () => {
    const { model, folder: where, files } = await open().verify(null)
    expect({ model, where }).toEqual({ model: 'all-MiniLM-L6-v2', where: DEFAULT_FOLDER })
    expect(files).toEqual(specOf('all-MiniLM-L6-v2').files.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })))
  })

  test('works without a cache that can be written', async () => {
    const blocked = join(folder, 'file')
    writeFileSync(blocked, '')
    const embedder = await open({ cacheDirectory: join(blocked, 'cache') }).embedder(null)
    expect((await embedder.embed(['hello'], { kind: 'query' }))[0]?.ok).toBe(true)
    await embedder.close()
  })
})

describe('opening', () => {
  test('all callers share one embedder, and a failure is not kept', async () => {
    const path = copyOfDefault('late')
    const file = join(path, 'tokenizer.json')
    rmSync(file)
    const models = open()
    await expect(models.embedder(path)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' })
    mkdirSync(path, { recursive: true })
    copyFileSync(join(DEFAULT_FOLDER, 'tokenizer.json'), file)
    const [one, two] = await Promise.all([models.embedder(path), models.embedder(path)])
    expect(one).toBe(two)
    await models.close()
    await expect(one.embed(['x'], { kind: 'query' })).rejects.toMatchObject({ code: 'EMBEDDER_CLOSED' })
  })

  test('embeddings that are switched off stay off', async () => {
    await expect(open({ embeddings: false }).embedder(null)).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' })
  })

  test('tokens are counted without special tokens', async () => {
    const counter = await open().tokenCounter(null)
    expect(counter?.count('hello world')).toBe(2)
    expect(counter?.count('')).toBe(0)
    expect(counter?.id).toBe(specOf('all-MiniLM-L6-v2').files.find(({ role }) => role === 'tokenizer')?.sha256)
  })

  test('the licence is in the package', () => {
    expect(readFileSync(inRepository('models/all-MiniLM-L6-v2/LICENSE'), 'utf8')).toContain('Apache License')
  })
})
