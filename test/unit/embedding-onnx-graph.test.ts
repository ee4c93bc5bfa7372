import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromFloat16 } from '../../src/core/float16.ts'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { pool } from '../../src/embedding/pooling.ts'
import { openOnnxModel } from '../../src/embedding/runtimes/onnx/model.ts'
import { openSession, type Session } from '../../src/embedding/runtimes/onnx/session.ts'
import type { Encoding } from '../../src/embedding/tokenizing/tokenizer.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, openTestEmbedder, specOf } from '../support/embedding.ts'
import {
  type ElementType,
  type GraphConstant,
  type GraphNode,
  type GraphValue,
  onnxFile,
  TYPES,
} from '../support/onnx-writer.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-graph-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const BATCH = ['batch', 'tokens']
const input = (name: string, type: ElementType = 'int64', shape: GraphValue['shape'] = BATCH) => ({ name, type, shape })

interface Echo {
  inputs: GraphValue[]
  output?: ElementType
  /** What each number is multiplied with. */
  scale?: number
  /** 2: the graph answers with the states of the first tokens, as `sentence_embedding`. */
  rank?: 2 | 3
}

/** A graph whose token states are what it is fed: one number for each input, in their order. */
function writeEcho({ inputs, output = 'float32', scale = 1, rank = 3 }: Echo): string {
  const nodes: GraphNode[] = []
  const constants: GraphConstant[] = [
    { name: 'scale', float: scale },
    { name: 'axis1', ints: [1] },
    { name: 'axis2', ints: [2] },
    { name: 'zero', ints: [0] },
  ]
  const add = (op: string, from: string[], to: string, attributes?: Record<string, number>) =>
    nodes.push({ op, inputs: from, output: to, ...(attributes && { attributes }) })
  for (const { name, shape } of inputs) {
    add('Cast', [name], `${name}.float`, { to: TYPES.float32 })
    // A value for each text, or for all, stands at each real token.
    if (shape.length === 1 && shape[0] !== 1) add('Unsqueeze', [`${name}.float`, 'axis1'], `${name}.row`)
    const value = shape.length === 1 && shape[0] !== 1 ? `${name}.row` : `${name}.float`
    if (shape.length < 2) add('Mul', [value, 'attention_mask.float'], `${name}.wide`)
    add('Unsqueeze', [shape.length < 2 ? `${name}.wide` : value, 'axis2'], `${name}.column`)
  }
  // The mask's cast has to come before what uses it.
  nodes.sort((a, b) => Number(b.output === 'attention_mask.float') - Number(a.output === 'attention_mask.float'))
  add(
    'Concat',
    inputs.map(({ name }) => `${name}.column`),
    'columns',
    { axis: 2 },
  )
  add('Mul', ['columns', 'scale'], 'scaled')
  if (rank === 2) add('Gather', ['scaled', 'zero'], 'first', { axis: 1 })
  if (rank === 2) add('Squeeze', ['first', 'axis1'], 'pooled')
  const name = rank === 2 ? 'sentence_embedding' : 'last_hidden_state'
  add('Cast', [rank === 2 ? 'pooled' : 'scaled'], name, { to: TYPES[output] })
  const outputs = [{ name, type: output, shape: rank === 2 ? ['batch', inputs.length] : [...BATCH, inputs.length] }]
  const file = join(folder, `${Math.random().toString(36).slice(2)}.onnx`)
  writeFileSync(file, onnxFile({ inputs, outputs, nodes, constants }))
  return file
}

function specWith(parts: Partial<ModelSpec>): ModelSpec {
  return { ...specOf('all-MiniLM-L6-v2-fp32'), ...parts }
}

function open(file: string, parts: Partial<ModelSpec>): Promise<Session> {
  return openSession({ file, data: [], spec: specWith(parts), threads: 1, provider: 'cpu', copy: null })
}

const IDS = [Int32Array.of(5, 6, 7), Int32Array.of(8)]
const PLAIN = [input('input_ids'), input('attention_mask')]

/** The states of two texts of three tokens and one. */
async function statesOf(echo: Echo, parts: Partial<ModelSpec> = {}, values = {}): Promise<number[]> {
  const session = await open(writeEcho(echo), { dimensions: echo.inputs.length, ...parts })
  const { data } = await session.infer({ ids: IDS, padId: 9, values })
  await session.release()
  return [...data]
}

describe('a graph is fed with what it asks for', () => {
  test.each(['int64', 'int32'] as const)('as %s: ids, mask, types, positions', async (type) => {
    const names = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']
    const states = await statesOf({ inputs: names.map((name) => input(name, type)) })
    expect(states).toEqual([...[5, 1, 0, 0, 6, 1, 0, 1, 7, 1, 0, 2], ...[8, 1, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0]])
  })

  test.each([
    ['rank 0', []],
    ['one value', [1]],
    ['a value for each text', ['batch']],
  ])('values of the spec, of %s', async (_, shape) => {
    for (const type of ['int64', 'int32'] as const) {
      const inputs = [...PLAIN, input('task_id', type, shape)]
      const parts = { inputs: { task_id: { query: 0, passage: 3 } } }
      const states = await statesOf({ inputs }, parts, { task_id: 3 })
      expect(states).toEqual([...[5, 1, 3, 6, 1, 3, 7, 1, 3], ...[8, 1, 3, 9, 0, 0, 9, 0, 0]])
    }
  })
})

describe('a graph’s answer', () => {
  test('in float16 is read exactly, subnormal numbers included', async () => {
    const states = await statesOf({ inputs: PLAIN, output: 'float16', scale: 2 ** -24 })
    expect(states.slice(0, 6)).toEqual([5, 1, 6, 1, 7, 1].map((value) => value * 2 ** -24))
  })

  test('that is pooled is taken as it is', async () => {
    const session = await open(writeEcho({ inputs: PLAIN, rank: 2 }), { dimensions: 2, pooling: 'graph' })
    const states = await session.infer({ ids: IDS, padId: 9, values: {} })
    expect([...states.data]).toEqual([5, 1, 8, 1])
    const [x, y, z, w] = pool(states, 'graph')
    expect([x, y, z, w]).toEqual(
      [5 / Math.sqrt(26), 1 / Math.sqrt(26), 8 / Math.sqrt(65), 1 / Math.sqrt(65)].map(Math.fround),
    )
  })

  test.each([
    ['cls', [5, 1, 8, 1]],
    ['last', [7, 1, 8, 1]],
    ['mean', [6, 1, 8, 1]],
  ] as const)('is pooled by %s', async (pooling, [a, b, c, d]) => {
    const session = await open(writeEcho({ inputs: PLAIN }), { dimensions: 2 })
    const vectors = pool(await session.infer({ ids: IDS, padId: 9, values: {} }), pooling)
    const expected = [a, b]
      .map((value) => value / Math.hypot(a, b))
      .concat([c, d].map((value) => value / Math.hypot(c, d)))
    for (const [at, value] of expected.entries()) expect(vectors[at]).toBeCloseTo(value, 6)
  })
})

test('every float16 is what it says: by its definition, and in order', () => {
  const all = fromFloat16(Uint16Array.from({ length: 65_536 }, (_, bits) => bits))
  expect([0x0000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0x3555, 0x7bff, 0x7c00].map((bits) => all[bits])).toEqual([
    ...[0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, 0.333251953125, 65_504, Number.POSITIVE_INFINITY],
  ])
  for (let bits = 1; bits <= 0x7c00; bits++) {
    expect((all[bits] as number) > (all[bits - 1] as number)).toBe(true)
    if (all[bits + 0x8000] !== -(all[bits] as number)) throw new Error(`${bits} has no negative`)
  }
  expect(Object.is(all[0x8000], -0)).toBe(true)
  expect([...all.slice(0x7c01, 0x8000), ...all.slice(0xfc01)].every(Number.isNaN)).toBe(true)
})

const INVALID: [what: string, echo: Echo, spec: Partial<ModelSpec>, message: RegExp][] = [
  [
    'earlier keys and values',
    { inputs: [...PLAIN, input('past_key_values.0.key')] },
    {},
    /past_key_values\.0\.key.*an export without cache is needed/,
  ],
  ['inputs that nothing is known of', { inputs: [...PLAIN, input('bbox'), input('pixels')] }, {}, /bbox, pixels/],
  [
    'no input for a value of the spec',
    { inputs: PLAIN },
    { inputs: { task_id: { query: 0, passage: 1 } } },
    /has no input task_id/,
  ],
  [
    'an input that a task has no value for',
    { inputs: [...PLAIN, input('task_id', 'int64', [])] },
    { inputs: { task_id: { query: 0, passage: 1 } }, tasks: { sorting: { prompt: '', inputs: {} } } },
    /task_id, which the task sorting gives no value for/,
  ],
  ['no mask', { inputs: [input('input_ids')] }, {}, /has no input attention_mask/],
  [
    'ids of a fixed length',
    { inputs: [input('input_ids', 'int64', [1, 128]), input('attention_mask')] },
    {},
    /\[1, 128\]/,
  ],
  ['ids that are no integers', { inputs: [input('input_ids', 'float32'), input('attention_mask')] }, {}, /float32/],
  [
    'a value of rank 2',
    { inputs: [...PLAIN, input('task_id', 'int64', ['batch', 'tokens'])] },
    { inputs: { task_id: { query: 0, passage: 1 } } },
    /task_id in the shape \[batch, tokens\]/,
  ],
  ['other dimensions', { inputs: PLAIN }, { dimensions: 3 }, /2 dimensions where its spec says 3/],
  ['no pooled output', { inputs: PLAIN }, { pooling: 'graph' }, /no output of the shape \[texts, dimensions\]/],
  ['only a pooled output', { inputs: PLAIN, rank: 2 }, {}, /no output of the shape \[texts, tokens, dimensions\]/],
]

test.each(INVALID)('a graph with %s: MODEL_INVALID, naming the file', async (_, echo, parts, message) => {
  const file = writeEcho(echo)
  await expect(open(file, { dimensions: echo.inputs.length, ...parts })).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(message),
    details: { file },
  })
})

describeWithAssets('an end token', ['fixtures/tiny-bert-mean'], () => {
  test.each([
    ['a short text', 'hello', (ids: number[]) => [...ids, 7]],
    ['what is left of a long one', 'hello '.repeat(50), (ids: number[]) => [...ids.slice(0, 14), 3, 7]],
  ])('comes after %s and its special tokens, within the limit', async (_, text, ended) => {
    const source = asset('fixtures/tiny-bert-mean')
    const spec = { ...(await folderSpec(source)), maxTokens: 16 }
    const settings = { folder: source, threads: 1, provider: 'cpu' as const, cacheDirectory: null }
    const plain = await openOnnxModel({ ...settings, spec })
    const ending = await openOnnxModel({ ...settings, spec: { ...spec, endToken: 7 } })
    const [without] = plain.tokenize([text]) as [Encoding]
    const [encoding] = ending.tokenize([text]) as [Encoding]
    expect([...encoding.ids]).toEqual(ended([...without.ids]))
    expect(encoding.truncated).toBe(text.length > 20)
    await Promise.all([plain.release(), ending.release()])
  })
})

describeWithAssets('weights that lie in a file of their own', ['fixtures/tiny-jina-task'], () => {
  const source = asset('fixtures/tiny-jina-task')

  async function copyModel(): Promise<{ spec: ModelSpec; folder: string; data: string }> {
    const copy = mkdtempSync(join(folder, 'data-'))
    mkdirSync(join(copy, 'onnx'))
    const spec = await folderSpec(source)
    for (const { path } of spec.files) {
      copyFileSync(join(source, path), join(copy, path))
      chmodSync(join(copy, path), 0o644)
    }
    return { spec, folder: copy, data: join(copy, 'onnx/model.onnx_data') }
  }

  const unsized = (spec: ModelSpec): ModelSpec => ({
    ...spec,
    files: spec.files.map((file) => ({ ...file, bytes: null })),
  })

  describe.each(['cpu', 'wasm'] as const)('%s', (provider) => {
    test.each(['missing', 'cut short', 'cut short, its size not known'])(
      '%s: MODEL_DAMAGED, naming it',
      async (how) => {
        const { data, ...model } = await copyModel()
        if (how === 'missing') rmSync(data, { force: true })
        else truncateSync(data, 400_000)
        const spec = how.endsWith('known') ? unsized(model.spec) : model.spec
        await expect(openTestEmbedder({ ...model, spec, provider })).rejects.toMatchObject({
          code: 'MODEL_DAMAGED',
          details: { file: data },
          message: expect.stringContaining(data),
        })
      },
    )
  })

  test('and are too large for WebAssembly: RUNTIME_UNAVAILABLE', async () => {
    const { data, ...model } = await copyModel()
    truncateSync(data, 2 ** 32)
    const open = openTestEmbedder({ ...model, spec: unsized(model.spec), provider: 'wasm' })
    await expect(open).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('4.3 GB'),
      fix: expect.stringContaining('npm install onnxruntime-node'),
    })
    rmSync(data, { force: true })
  })

  test('are not read from an optimised copy that was made of other ones', async () => {
    const { data, ...model } = await copyModel()
    const cacheDirectory = mkdtempSync(join(folder, 'cache-'))
    const embed = async () => {
      const embedder = await openTestEmbedder({ ...model, mode: 'inline', cacheDirectory })
      const [result] = await embedder.embed(['hello'], { kind: 'query' })
      await embedder.close()
      return result
    }
    expect(await embed()).toMatchObject({ ok: true })
    rmSync(data, { force: true })
    await expect(embed()).rejects.toMatchObject({ code: 'MODEL_DAMAGED', details: { file: data } })
  })
})
