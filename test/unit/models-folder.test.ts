import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { readFolderSpec } from '../../src/models/folders/folder-spec.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, specOf } from '../support/embedding.ts'

interface Golden {
  type?: string
  runtime?: string
  pooling?: string
  maxTokens: number
  dimensions?: number
  prompts?: Record<string, string>
  tasks?: Record<string, number>
  defaultTasks?: { query: string; passage: string }
  matryoshkaDimensions?: number[]
  appendEos?: { id: number } | null
  externalData?: string
  tensor?: { type: string }
}

const FIXTURES = [
  'tiny-bert-mean',
  'tiny-bert-cls',
  'tiny-e5-prefix',
  'tiny-qodo-last',
  'tiny-jina-task',
  'tiny-in-graph',
  'tiny-reranker',
  'tiny-static',
  'tiny-static-f16',
]

describeWithAssets('a folder says how its model is run', ['fixtures'], () => {
  test.each(FIXTURES)('%s, as its golden.json has it', async (name) => {
    const golden = (JSON.parse(readFileSync(asset(`fixtures/${name}/golden.json`), 'utf8')) as { spec: Golden }).spec
    const spec = await folderSpec(asset(`fixtures/${name}`))
    expect(told(spec)).toEqual(expected(golden))
    expect(spec.files.every(({ sha256, bytes }) => sha256 !== null && bytes !== null)).toBe(true)
  })

  test.each([
    ['bad-tokenizer', 'tokenizer.json', /JSON/],
    ['no-tokenizer', 'tokenizer.json', /missing/],
    ['wrong-dim', 'onnx/model.onnx', /32 dimensions.*48/],
  ])('broken/%s: MODEL_INVALID with %s', async (name, file, message) => {
    await expect(folderSpec(asset(`fixtures/broken/${name}`))).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(message),
      details: { file: asset(`fixtures/broken/${name}/${file}`) },
    })
  })
})

/** What golden.json tells of a spec, in its words. */
function told(spec: ModelSpec): Golden {
  const { query, passage } = spec.prompts
  const data = spec.files.find(({ role }) => role === 'data')?.path
  return {
    ...(spec.task === 'rerank' ? { type: 'cross-encoder' } : { pooling: spec.pooling, dimensions: spec.dimensions }),
    ...(spec.runtime === 'static' && { runtime: 'static', tensor: { type: TENSORS[spec.precision] as string } }),
    maxTokens: spec.maxTokens,
    prompts: { query, passage },
    ...(Object.keys(spec.tasks).length > 0 && {
      tasks: Object.fromEntries(
        Object.entries(spec.tasks).map(([name, { inputs }]) => [name, inputs.task_id as number]),
      ),
      defaultTasks: Object.fromEntries(
        (['query', 'passage'] as const).map((kind) => [
          kind,
          Object.entries(spec.tasks).find(([, { inputs }]) => inputs.task_id === spec.inputs.task_id?.[kind])?.[0],
        ]),
      ) as { query: string; passage: string },
    }),
    ...(spec.matryoshka.length > 0 && { matryoshkaDimensions: [...spec.matryoshka, spec.dimensions] }),
    appendEos: spec.endToken === null ? null : { id: spec.endToken },
    ...(data && { externalData: data }),
  }
}

const TENSORS: Record<string, string> = { fp32: 'float32', fp16: 'float16' }

function expected(golden: Golden): Golden {
  const { type, runtime, pooling, maxTokens, dimensions, prompts, tasks, defaultTasks, tensor } = golden
  const { matryoshkaDimensions, appendEos, externalData } = golden
  const kinds = defaultTasks ?? { query: 'query', passage: 'passage' }
  return {
    ...(type
      ? { type }
      : { pooling: (pooling as string).replace('in-graph', 'graph'), dimensions: dimensions as number }),
    ...(runtime && { runtime, tensor: { type: tensor?.type as string } }),
    maxTokens,
    prompts: { query: prompts?.[kinds.query] ?? '', passage: prompts?.[kinds.passage] ?? '' },
    ...(tasks && defaultTasks && { tasks, defaultTasks }),
    ...(matryoshkaDimensions && { matryoshkaDimensions }),
    appendEos: appendEos ? { id: appendEos.id } : null,
    ...(externalData && { externalData }),
  }
}

describeWithAssets('known models', ['models'], () => {
  test.each(['all-MiniLM-L6-v2', 'bge-small-en-v1.5', 'e5-small-v2'])('%s is told by its checksums', async (name) => {
    expect(await folderSpec(asset(`models/${name}`))).toEqual(specOf(name))
  })
})

describeWithAssets('layouts', ['fixtures'], () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'semdex-folder-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** A copy of a fixture, with other files. */
  function copy(fixture: string, files: Record<string, unknown> = {}): string {
    const target = join(folder, 'copy')
    cpSync(asset(`fixtures/${fixture}`), target, { recursive: true, filter: (path) => !path.includes('golden') })
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(target, path)), { recursive: true })
      writeFileSync(join(target, path), typeof content === 'string' ? content : JSON.stringify(content))
    }
    return target
  }

  function move(target: string, from: string, to: string): string {
    renameSync(join(target, from), join(target, to))
    return target
  }

  function json(target: string, path: string): Record<string, unknown> {
    return JSON.parse(readFileSync(join(target, path), 'utf8')) as Record<string, unknown>
  }

  test.each([
    ['onnx/model_fp16.onnx', 'fp16'],
    ['onnx/model_quantized.onnx', 'int8'],
    ['model.onnx', 'fp32'],
    ['onnx/anything.onnx', 'fp32'],
    ['model_qint8_avx512.onnx', 'int8'],
  ])('weights in %s', async (path, precision) => {
    const spec = await folderSpec(move(copy('tiny-bert-mean'), 'onnx/model.onnx', path))
    expect(spec).toMatchObject({ precision, files: [{ role: 'weights', path }, { role: 'tokenizer' }] })
  })

  test('several graphs of unknown names: which is meant must be said', async () => {
    const target = move(copy('tiny-bert-mean'), 'onnx/model.onnx', 'onnx/a.onnx')
    cpSync(join(target, 'onnx/a.onnx'), join(target, 'onnx/b.onnx'))
    await expect(folderSpec(target)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/onnx\/a\.onnx, onnx\/b\.onnx/),
    })
  })

  test('external data that is missing is named', async () => {
    const target = copy('tiny-jina-task')
    rmSync(join(target, 'onnx/model.onnx_data'))
    await expect(folderSpec(target)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      details: { file: join(target, 'onnx/model.onnx_data') },
    })
  })

  test.each(['truncated.onnx', 'not-onnx.onnx'])('%s as weights: MODEL_DAMAGED', async (name) => {
    const target = copy('tiny-bert-mean')
    cpSync(asset(`fixtures/broken/${name}`), join(target, 'onnx/model.onnx'))
    await expect(folderSpec(target)).rejects.toMatchObject({
      code: 'MODEL_DAMAGED',
      details: { file: join(target, 'onnx/model.onnx') },
    })
  })

  test('a pooling that cannot be run, or that nobody told', async () => {
    const target = copy('tiny-bert-mean', {
      '1_Pooling/config.json': { pooling_mode_mean_tokens: true, pooling_mode_max_tokens: true },
    })
    await expect(folderSpec(target)).rejects.toMatchObject({ details: { file: join(target, '1_Pooling/config.json') } })
    rmSync(join(target, '1_Pooling'), { recursive: true })
    await expect(folderSpec(target)).rejects.toMatchObject({ message: expect.stringContaining('is missing') })
    writeFileSync(
      join(target, 'modules.json'),
      JSON.stringify([{ type: 'sentence_transformers.models.Pooling', path: 'p' }]),
    )
    mkdirSync(join(target, 'p'))
    writeFileSync(join(target, 'p/config.json'), JSON.stringify({ pooling_mode: 'cls' }))
    expect((await folderSpec(target)).pooling).toBe('cls')
  })

  test('a dense layer that the graph ends before is not left out in silence', async () => {
    const modules = [{ type: 'sentence_transformers.models.Dense', path: '2_Dense' }]
    await expect(folderSpec(copy('tiny-bert-mean', { 'modules.json': modules }))).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('dense layer'),
    })
    expect((await folderSpec(copy('tiny-in-graph', { 'modules.json': modules }))).pooling).toBe('graph')
  })

  test('the limit: of the sentence encoder, else the tokenizer, else the positions, less those of padding', async () => {
    const target = copy('tiny-jina-task')
    expect((await folderSpec(target)).maxTokens).toBe(128)
    rmSync(join(target, 'sentence_bert_config.json'))
    writeFileSync(join(target, 'tokenizer_config.json'), JSON.stringify({ model_max_length: 100 }))
    expect((await folderSpec(target)).maxTokens).toBe(100)
    writeFileSync(join(target, 'tokenizer_config.json'), '{"model_max_length": 1000000000000000019884624838656}')
    expect((await folderSpec(target)).maxTokens).toBe(128)
  })

  test('prompts of other names are tasks', async () => {
    const prompts = { query: 'q: ', document: 'd: ', clustering: 'c: ' }
    const spec = await folderSpec(copy('tiny-bert-mean', { 'config_sentence_transformers.json': { prompts } }))
    expect(spec.prompts).toEqual({ query: 'q: ', passage: 'd: ' })
    expect(spec.tasks).toEqual({ clustering: { prompt: 'c: ', inputs: {} } })
  })

  test('a decoder whose tokenizer puts the end token there itself gets no second one', async () => {
    const target = copy('tiny-qodo-last')
    const tokenizer = json(target, 'tokenizer.json')
    const template = {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '<|endoftext|>', type_id: 0 } }],
      pair: [],
      special_tokens: {},
    }
    const processors = [tokenizer.post_processor, template]
    writeFileSync(
      join(target, 'tokenizer.json'),
      JSON.stringify({ ...tokenizer, post_processor: { type: 'Sequence', processors } }),
    )
    expect((await folderSpec(target)).endToken).toBeNull()
  })

  test('a decoder whose pooling nobody told answers with its last token', async () => {
    const target = copy('tiny-qodo-last', { 'modules.json': [] })
    rmSync(join(target, '1_Pooling'), { recursive: true })
    writeFileSync(join(target, 'config.json'), JSON.stringify({ ...json(target, 'config.json'), hidden_size: 1_536 }))
    expect(await folderSpec(target)).toMatchObject({ pooling: 'last', dimensions: 1_536, endToken: 1_997 })
  })

  test('a decoder that pools in its graph needs its end token all the same', async () => {
    const target = copy('tiny-in-graph')
    const tokenizer = json(target, 'tokenizer.json')
    writeFileSync(join(target, 'tokenizer.json'), JSON.stringify({ ...tokenizer, post_processor: null }))
    const config = { ...json(target, 'config.json'), model_type: 'qwen2', eos_token_id: 3 }
    writeFileSync(join(target, 'config.json'), JSON.stringify(config))
    expect(await folderSpec(target)).toMatchObject({ pooling: 'graph', endToken: 3 })
  })

  test('without tokenizer_config.json the end token is that of config.json', async () => {
    const target = copy('tiny-qodo-last')
    rmSync(join(target, 'tokenizer_config.json'))
    expect((await folderSpec(target)).endToken).toBe(1_997)
    writeFileSync(join(target, 'tokenizer_config.json'), JSON.stringify({ add_eos_token: false }))
    expect((await folderSpec(target)).endToken).toBeNull()
  })

  test('a classifier of several classes is no reranker', async () => {
    const target = copy('tiny-reranker')
    writeFileSync(join(target, 'config.json'), JSON.stringify({ ...json(target, 'config.json'), num_labels: 3 }))
    await expect(folderSpec(target)).rejects.toMatchObject({ details: { file: join(target, 'config.json') } })
  })

  test('safetensors without the table of tokens, or cut', async () => {
    const target = copy('tiny-static')
    const file = join(target, 'model.safetensors')
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.subarray(0, 20))
    await expect(folderSpec(target)).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { file } })
    const other = Buffer.from(bytes)
    other.write('embeddinks', other.indexOf('embeddings'))
    writeFileSync(file, other)
    await expect(folderSpec(target)).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { file } })
  })

  test('the licence of a model card, and the name that is asked for', async () => {
    const target = copy('tiny-bert-mean', { 'README.md': '---\nlicense: apache-2.0\ntags: []\n---\n# Tiny\n' })
    expect(await readFolderSpec(target, { cacheDirectory: '/dev/null/none', name: 'mine' })).toMatchObject({
      name: 'mine',
      licence: 'apache-2.0',
    })
  })

  test('a model without published checksums is known by its name', async () => {
    const target = copy('tiny-e5-prefix')
    const options = { cacheDirectory: '/dev/null/none', name: 'multilingual-e5-small' }
    const { files, ...spec } = await readFolderSpec(target, options)
    const { files: known, ...facts } = specOf('multilingual-e5-small')
    expect(spec).toEqual(facts)
    expect(files.map(({ path }) => path)).toEqual(known.map(({ path }) => path))
    expect(files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256 ?? ''))).toBe(true)
  })
})

describe('nothing to read', () => {
  test('an empty folder names what is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'semdex-folder-'))
    await expect(folderSpec(folder)).rejects.toMatchObject({ details: { file: join(folder, 'config.json') } })
    rmSync(folder, { recursive: true })
  })
})
