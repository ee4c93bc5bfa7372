import { describe, expect, test } from 'vitest'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { asset, describeWithAssets, inRepository } from '../support/assets.ts'
import { folderSpec, openTestEmbedder, specOf } from '../support/embedding.ts'

const TINY = 'tiny-bert-mean/tokenizer.json'

const BROKEN: { what: string; weights: string; tokenizer: string; code: string; named: string }[] = [
  {
    what: 'truncated weights',
    weights: 'broken/truncated.onnx',
    tokenizer: TINY,
    code: 'MODEL_DAMAGED',
    named: 'broken/truncated.onnx',
  },
  {
    what: 'a web page instead of weights',
    weights: 'broken/not-onnx.onnx',
    tokenizer: TINY,
    code: 'MODEL_DAMAGED',
    named: 'broken/not-onnx.onnx',
  },
  {
    what: 'missing weights',
    weights: 'broken/none.onnx',
    tokenizer: TINY,
    code: 'MODEL_DAMAGED',
    named: 'broken/none.onnx',
  },
  {
    what: 'a graph of other dimensions',
    weights: 'broken/wrong-dim/onnx/model.onnx',
    tokenizer: TINY,
    code: 'MODEL_INVALID',
    named: 'broken/wrong-dim/onnx/model.onnx',
  },
  {
    what: 'a missing tokenizer',
    weights: 'tiny-bert-mean/onnx/model.onnx',
    tokenizer: 'broken/no-tokenizer/tokenizer.json',
    code: 'MODEL_DAMAGED',
    named: 'broken/no-tokenizer/tokenizer.json',
  },
  {
    what: 'a tokenizer that stops midway',
    weights: 'tiny-bert-mean/onnx/model.onnx',
    tokenizer: 'broken/bad-tokenizer/tokenizer.json',
    code: 'MODEL_DAMAGED',
    named: 'broken/bad-tokenizer/tokenizer.json',
  },
  {
    what: 'a graph with an unknown input',
    weights: 'tiny-jina-task/onnx/model.onnx',
    tokenizer: TINY,
    code: 'MODEL_INVALID',
    named: 'tiny-jina-task/onnx/model.onnx',
  },
]

describeWithAssets('a model whose files are broken', ['fixtures'], () => {
  describe.each(['threads', 'inline'] as const)('%s', (mode) => {
    test.each(BROKEN)('$what: $code, naming the file', async ({ weights, tokenizer, code, named }) => {
      const spec = await specWith(weights, tokenizer)
      await expect(openTestEmbedder({ spec, folder: asset('fixtures'), mode })).rejects.toMatchObject({
        code,
        details: { file: asset(`fixtures/${named}`) },
        fix: expect.any(String),
        message: expect.stringContaining(asset(`fixtures/${named}`)),
      })
    })
  })
})

test('a folder without weights is not a model', async () => {
  await expect(folderSpec(inRepository('docs'))).rejects.toMatchObject({ code: 'MODEL_INVALID' })
})

test('weights that are not there: MODEL_DAMAGED', async () => {
  const open = openTestEmbedder({ spec: specOf('all-MiniLM-L6-v2'), folder: inRepository('docs') })
  await expect(open).rejects.toMatchObject({ code: 'MODEL_DAMAGED' })
})

async function specWith(weights: string, tokenizer: string): Promise<ModelSpec> {
  const spec = await folderSpec(asset('fixtures/tiny-bert-mean'))
  const paths = { weights, tokenizer }
  return { ...spec, files: spec.files.map((file) => ({ ...file, path: paths[file.role as 'weights' | 'tokenizer'] })) }
}
