import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { CATALOGUE } from '../../src/models/catalogue/catalogue.ts'
import { embeddingFingerprint } from '../../src/models/fingerprint.ts'
import { readSpecFile } from '../../src/models/folders/spec-schema.ts'
import { specOf } from '../support/embedding.ts'

const folder = mkdtempSync(join(tmpdir(), 'semdex-catalogue-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(spec: unknown): string {
  const file = join(folder, 'spec.json')
  writeFileSync(file, JSON.stringify(spec))
  return file
}

describe('the catalogue', () => {
  test('has no name twice, and names that can be folders', () => {
    const names = CATALOGUE.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => !/^[\w.-]+$/.test(name))).toEqual([])
  })

  test.each(CATALOGUE.filter(({ files }) => files.length > 0))('$name is a spec as people write them', (spec) => {
    expect(readSpecFile(written(spec))).toEqual(spec)
  })

  test('has the models that are known, each with its task, runtime, width and limit', () => {
    const rows = CATALOGUE.map(({ name, task, runtime, precision, dimensions, maxTokens, pooling }) =>
      [name, task, runtime, precision, dimensions, maxTokens, pooling].join(' '),
    )
    expect(rows).toEqual([
      'all-MiniLM-L6-v2 embed onnx int8 384 256 mean',
      'all-MiniLM-L6-v2-fp16 embed onnx fp16 384 256 mean',
      'all-MiniLM-L6-v2-fp32 embed onnx fp32 384 256 mean',
      'gte-small embed onnx int8 384 512 mean',
      'gte-small-fp32 embed onnx fp32 384 512 mean',
      'bge-small-en-v1.5 embed onnx int8 384 512 cls',
      'bge-small-en-v1.5-fp32 embed onnx fp32 384 512 cls',
      'e5-small-v2 embed onnx int8 384 512 mean',
      'e5-small-v2-fp32 embed onnx fp32 384 512 mean',
      'multilingual-e5-small embed onnx fp32 384 512 mean',
      'nomic-embed-text-v1.5 embed onnx fp32 768 8192 mean',
      'embeddinggemma-300m embed onnx fp32 768 2048 graph',
      'jina-embeddings-v3 embed onnx fp32 1024 8192 mean',
      'Qodo-Embed-1-1.5B embed onnx fp32 1536 32768 last',
      'potion-base-8M embed static fp32 256 1000000 mean',
      'potion-retrieval-32M embed static fp32 512 1000000 mean',
      'ms-marco-MiniLM-L-6-v2 rerank onnx int8 1 512 graph',
      'bge-reranker-base rerank onnx int8 1 512 graph',
    ])
  })

  test('tells what licences demand beyond being named', () => {
    expect(CATALOGUE.filter(({ notice }) => notice !== null).map(({ name }) => name)).toEqual([
      'embeddinggemma-300m',
      'jina-embeddings-v3',
      'Qodo-Embed-1-1.5B',
    ])
    expect(specOf('jina-embeddings-v3').notice).toContain('commercial')
  })

  test('jina: tasks and task ids, and the weights in a file beside the graph', () => {
    const { inputs, tasks, matryoshka, files, prompts } = specOf('jina-embeddings-v3')
    expect(inputs).toEqual({ task_id: { query: 0, passage: 1 } })
    expect(Object.entries(tasks).map(([name, task]) => [name, task.inputs.task_id])).toEqual([
      ['retrieval.query', 0],
      ['retrieval.passage', 1],
      ['separation', 2],
      ['classification', 3],
      ['text-matching', 4],
    ])
    expect(tasks['retrieval.query']?.prompt).toBe(prompts.query)
    expect(matryoshka).toEqual([32, 64, 128, 256, 512, 768])
    expect(files.find(({ role }) => role === 'data')?.path).toBe('onnx/model.onnx_data')
  })
})

describe('the fingerprint', () => {
  test.each([
    ['all-MiniLM-L6-v2', '64c3dd0f9bdcd970e374eefd8d8ec71a'],
    ['all-MiniLM-L6-v2-fp32', 'ecb0c656ba1f292e44e6ad89f540dc1a'],
    ['bge-small-en-v1.5', 'df8158606a005624ded30c228fdc0418'],
    ['e5-small-v2', '48288cc39de9107de925cdd546f3ca66'],
  ])('of %s is the one in existing databases', (name, fingerprint) => {
    expect(embeddingFingerprint(specOf(name))).toBe(fingerprint)
  })

  test('is not told while a checksum is missing, or where there are no files', () => {
    const unknown = CATALOGUE.filter((spec) => embeddingFingerprint(spec) === null).map(({ name }) => name)
    expect(unknown).toEqual([
      'gte-small',
      'gte-small-fp32',
      'multilingual-e5-small',
      'nomic-embed-text-v1.5',
      'embeddinggemma-300m',
      'jina-embeddings-v3',
      'Qodo-Embed-1-1.5B',
      'potion-base-8M',
      'potion-retrieval-32M',
      'ms-marco-MiniLM-L-6-v2',
      'bge-reranker-base',
    ])
  })

  const spec: ModelSpec = {
    ...specOf('all-MiniLM-L6-v2'),
    inputs: { task_id: { query: 0, passage: 1 } },
    tasks: { other: { prompt: '', inputs: { task_id: 2 } } },
  }
  const remote: ModelSpec = {
    ...spec,
    runtime: 'remote',
    files: [],
    remote: { url: 'http://a/v1', model: 'm', keyVariable: null },
  }
  test.each<[ModelSpec, Partial<ModelSpec>]>([
    [spec, { inputs: { task_id: { query: 1, passage: 1 } } }],
    [spec, { inputs: {} }],
    [spec, { tasks: { other: { prompt: 'x', inputs: { task_id: 2 } } } }],
    [spec, { tasks: {} }],
    [spec, { endToken: 2 }],
    [spec, { task: 'rerank' }],
    [spec, { runtime: 'static' }],
    [spec, { pooling: 'last' }],
    [spec, { files: [...spec.files, { role: 'data', path: 'x', sha256: '0'.repeat(64), bytes: 1 }] }],
    [remote, { remote: { url: 'http://b/v1', model: 'm', keyVariable: null } }],
    [remote, { remote: { url: 'http://a/v1', model: 'n', keyVariable: null } }],
  ])('follows what decides a vector %#', (before, change) => {
    const changed = embeddingFingerprint({ ...before, ...change })
    expect(changed).toMatch(/^[0-9a-f]{32}$/)
    expect(changed).not.toBe(embeddingFingerprint(before))
  })

  test('follows neither widths, notices and variables nor the order of keys', () => {
    const same: ModelSpec = {
      ...remote,
      notice: 'Mind the licence.',
      matryoshka: [64],
      tasks: Object.fromEntries(Object.entries(remote.tasks).reverse()),
      inputs: { task_id: { passage: 1, query: 0 } },
      remote: { url: 'http://a/v1', model: 'm', keyVariable: 'KEY' },
    }
    expect(embeddingFingerprint(same)).toBe(embeddingFingerprint(remote))
  })
})

describe('a spec that people write', () => {
  const spec = specOf('all-MiniLM-L6-v2')

  test('needs only what differs from a plain encoder, and no checksums', () => {
    const { name, summary, source, licence, languages, runtime, precision, dimensions, maxTokens, pooling } = spec
    const { normalize, prompts } = spec
    const files = spec.files.map(({ role, path }) => ({ role, path }))
    const short = {
      name,
      summary,
      source,
      licence,
      languages,
      runtime,
      precision,
      files,
      dimensions,
      maxTokens,
      pooling,
    }
    expect(readSpecFile(written({ ...short, normalize, prompts }))).toEqual({
      ...spec,
      files: spec.files.map((file) => ({ ...file, sha256: null, bytes: null })),
    })
  })

  test.each<[Record<string, unknown>, RegExp]>([
    [{ runtime: 'remote' }, /remote: is missing/],
    [{ remote: { url: 'http://a/v1', model: 'm', keyVariable: null } }, /remote: belongs/],
    [{ runtime: 'remote', remote: { url: 'nowhere', model: 'm', keyVariable: null } }, /remote\.url/],
    [{ files: [] }, /files: one of the role weights/],
    [{ files: [...spec.files, spec.files[0]] }, /files/],
    [{ matryoshka: [384] }, /matryoshka/],
    [{ endToken: -1 }, /endToken/],
    [{ files: [{ ...spec.files[0], sha256: 'ABC' }] }, /files\.0\.sha256/],
    [{ files: [{ ...spec.files[0], path: '/etc/passwd' }] }, /files\.0\.path/],
    [{ files: [{ ...spec.files[0], path: 'C:/x' }] }, /files\.0\.path/],
  ])('%j is refused with the field', (change, field) => {
    const file = written({ ...spec, ...change })
    expect(() => readSpecFile(file)).toThrowError(field)
    expect(() => readSpecFile(file)).toThrowError(expect.objectContaining({ code: 'MODEL_INVALID', details: { file } }))
  })
})
