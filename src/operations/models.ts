import { existsSync } from 'node:fs'
import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import type { ModelSpec } from '../core/model-spec.ts'
import type { Parts, TransferOptions } from '../core/parts.ts'
import { type OperationContext, operation } from './operation.ts'
import { Count, ModelName, PathName } from './schemas.ts'

const Task = v.picklist(['embed', 'rerank'])

const ModelOutput = v.object({
  name: v.string(),
  summary: v.string(),
  task: Task,
  runtime: v.picklist(['onnx', 'static', 'remote']),
  dimensions: v.number(),
  maxTokens: v.number(),
  precision: v.string(),
  /** Of all files together; null where it is not known before they are pulled. */
  bytes: v.nullable(Count),
  licence: v.string(),
  notice: v.nullable(v.string()),
  installed: v.boolean(),
  isDefault: v.boolean(),
})

const HashedFile = v.object({ path: v.string(), sha256: v.string(), bytes: Count })

const Transfer = v.object({
  model: v.string(),
  folder: v.string(),
  licence: v.string(),
  files: v.array(v.object({ ...HashedFile.entries, state: v.picklist(['downloaded', 'copied', 'present']) })),
})

export const listModels = operation({
  name: 'models',
  summary: 'List the known models and say which are on this machine.',
  access: 'read',
  input: v.strictObject({}),
  output: v.object({ models: v.array(ModelOutput) }),
  async run(parts) {
    const models = (await parts.models.list()).map(({ name, spec, folder, isDefault }) => ({
      name,
      summary: spec.summary,
      task: spec.task,
      runtime: spec.runtime,
      dimensions: spec.dimensions,
      maxTokens: spec.maxTokens,
      precision: spec.precision,
      bytes: bytesOf(spec),
      licence: spec.licence,
      notice: spec.notice,
      installed: folder !== null,
      isDefault,
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
    const { name, folder, fingerprint, spec } = await parts.models.resolve(model ?? parts.configuration.model)
    return { name, folder, fingerprint, spec: { ...spec } }
  },
})

export const pullModel = operation({
  name: 'models.pull',
  summary: 'Download what is missing or damaged of a model.',
  access: 'admin',
  job: 'resume',
  input: v.strictObject({ model: ModelName }),
  output: Transfer,
  run: (parts, { model }, context) => parts.models.pull(model, transferOptions(context)),
})

export const addModel = operation({
  name: 'models.add',
  summary: 'Take a model from a spec, a folder in Hugging Face layout, a Hugging Face cache or an archive.',
  access: 'admin',
  job: 'once',
  input: v.strictObject({
    path: v.pipe(
      PathName,
      v.description('Absolute path of a spec (.json), a folder, or an archive (.zip, .whl, .jar)'),
    ),
    name: v.optional(v.pipe(ModelName, v.description('What it is called here; default: its own name'))),
  }),
  output: Transfer,
  run: (parts, { path, name }, context) =>
    parts.models.add(path, { ...transferOptions(context), ...(name !== undefined && { name }) }),
})

export const removeModel = operation({
  name: 'models.remove',
  summary: 'Remove a model that was pulled or added, unless a migration needs it. Collections keep their vectors.',
  access: 'admin',
  input: v.strictObject({ model: ModelName }),
  output: v.object({ model: v.string(), folder: v.string(), bytes: Count }),
  async run(parts, { model }) {
    await assertNoMigration(parts, model)
    return parts.models.remove(model)
  },
})

export const verifyModel = operation({
  name: 'models.verify',
  summary: "Hash a model's files again and compare them with their recorded sha256.",
  access: 'admin',
  job: 'once',
  input: v.strictObject({ model: v.optional(ModelName) }),
  output: v.object({ model: v.string(), folder: v.string(), files: v.array(HashedFile) }),
  run: (parts, { model }) => parts.models.verify(model ?? parts.configuration.model),
})

/**
 * A migration needs both of its models, the old one for the way back. A database that is not there yet is not made, and one
 * that cannot be opened holds no model here.
 * @throws {SemdexError} `MIGRATION_EXISTS`
 */
async function assertNoMigration(parts: Parts, model: string): Promise<void> {
  if (!existsSync(parts.configuration.database)) return
  const storage = await parts.storage().catch(() => null)
  const all = (await storage?.migrations.migrations()) ?? []
  const found = all.find((each) => each.old.model === model || each.new.model === model)
  if (!found) return
  const { collection, side, old, new: next, serving } = found
  throw new SemdexError('MIGRATION_EXISTS', {
    message: `The model ${model} is needed: the ${side} side of the collection ${collection} is moving from ${old.model} to ${next.model}.`,
    fix: `semdex migrate ${serving === 'new' ? '--remove-old' : '--abandon'} --collection ${collection} ends that`,
    details: { model, collection, side, serving },
  })
}

/** Null where a file's size is not known, or where there is none to tell. */
function bytesOf({ files }: ModelSpec): number | null {
  if (files.length === 0 || files.some(({ bytes }) => bytes === null)) return null
  return files.reduce((sum, { bytes }) => sum + (bytes as number), 0)
}

/** Progress over all files that were begun; a notice is a warning. */
function transferOptions({ signal, onProgress, onWarning }: OperationContext): TransferOptions {
  const begun = new Map<string, { done: number; total: number | null }>()
  return {
    ...(signal && { signal }),
    ...(onWarning && { onNotice: onWarning }),
    onProgress({ file, done, total }) {
      begun.set(file, { done, total })
      const files = [...begun.values()]
      onProgress?.({
        stage: 'pull',
        done: files.reduce((sum, each) => sum + each.done, 0),
        total: files.some((each) => each.total === null)
          ? null
          : files.reduce((sum, each) => sum + (each.total ?? 0), 0),
        unit: 'bytes',
      })
    },
  }
}
