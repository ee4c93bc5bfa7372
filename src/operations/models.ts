import * as v from 'valibot'
import type { ResolvedModel } from '../core/parts.ts'
import { operation } from './operation.ts'
import { ModelName } from './schemas.ts'

const ModelOutput = v.object({
  name: v.string(),
  summary: v.string(),
  dimensions: v.number(),
  maxTokens: v.number(),
  precision: v.string(),
  licence: v.string(),
  installed: v.boolean(),
  isDefault: v.boolean(),
})

export const listModels = operation({
  name: 'models',
  summary: 'List the known models and say which are on this machine.',
  access: 'read',
  input: v.strictObject({}),
  output: v.object({ models: v.array(ModelOutput) }),
  async run(parts) {
    const models = (await parts.models.list()).map((model) => ({
      name: model.name,
      summary: model.spec.summary,
      dimensions: model.spec.dimensions,
      maxTokens: model.spec.maxTokens,
      precision: model.spec.precision,
      licence: model.spec.licence,
      installed: model.folder !== null,
      isDefault: model.isDefault,
    }))
    return { models }
  },
})

export const showModel = operation({
  name: 'models.show',
  summary: 'Show how a model is run: its files, pooling, prompts, limits and licence.',
  access: 'read',
  input: v.strictObject({ model: v.optional(ModelName) }),
  output: v.object({
    name: v.string(),
    folder: v.nullable(v.string()),
    fingerprint: v.nullable(v.string()),
    spec: v.record(v.string(), v.any()),
  }),
  async run(parts, { model }) {
    const { name, folder, fingerprint, spec }: ResolvedModel = await parts.models.resolve(
      model ?? parts.configuration.model,
    )
    return { name, folder, fingerprint, spec: { ...spec } }
  },
})

export const verifyModel = operation({
  name: 'models.verify',
  summary: "Hash a model's files again and compare them with their recorded sha256.",
  access: 'read',
  input: v.strictObject({ model: v.optional(ModelName) }),
  output: v.object({
    model: v.string(),
    folder: v.string(),
    files: v.array(v.object({ path: v.string(), sha256: v.string(), bytes: v.number() })),
  }),
  run: (parts, { model }) => parts.models.verify(model ?? parts.configuration.model),
})
