import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ModelFile, ModelSpec } from '../../core/model-spec.ts'
import { CATALOGUE } from '../catalogue/catalogue.ts'
import { ENCODER } from '../catalogue/entry.ts'
import { digestFiles, recordDigests, type VerifyOptions } from '../verify.ts'
import {
  endToken,
  type FolderConfig,
  type Modules,
  moduleNamed,
  readConfig,
  readLicence,
  readMaxTokens,
  readModules,
  readPooling,
  readPrompts,
  readTokenizer,
} from './folder-config.ts'
import { type FolderWeights, findOnnxWeights, findTokenTable, type OnnxWeights } from './folder-weights.ts'
import { invalid, readSpecFile } from './spec-schema.ts'

export interface FolderOptions extends VerifyOptions {
  /** What the model is called where the folder does not say it. Default: the folder's name. */
  name?: string
}

/**
 * How to run the model in a folder: its `semdex.json`; else the catalogue's spec where weights and tokenizer are those of a
 * known model; else what the configuration files of a Hugging Face folder say.
 * @throws {SemdexError} `MODEL_INVALID`, naming the file that is missing or wrong; `MODEL_DAMAGED` for a file that cannot be read.
 */
export async function readFolderSpec(folder: string, options: FolderOptions): Promise<ModelSpec> {
  const file = join(folder, 'semdex.json')
  if (existsSync(file)) return recordDigests(readSpecFile(file), folder, options)
  return (await knownSpec(folder, options)) ?? huggingFaceSpec(folder, options)
}

/** A model without published checksums is known by its name. */
async function knownSpec(folder: string, options: FolderOptions): Promise<ModelSpec | null> {
  const name = options.name ?? basename(folder)
  for (const spec of CATALOGUE) {
    const sizes = spec.files.map(({ path }) => statSync(join(folder, path), { throwIfNoEntry: false })?.size)
    const isThere = spec.files.every(({ bytes }, at) => sizes[at] !== undefined && (bytes ?? sizes[at]) === sizes[at])
    const isNamed = spec.name === name || spec.files.some(({ role, sha256 }) => role === 'weights' && sha256 !== null)
    if (spec.files.length === 0 || !isThere || !isNamed) continue
    const digests = await digestFiles(
      folder,
      spec.files.map(({ path }) => path),
      options,
    )
    const files = spec.files.map((file, at) => ({ ...file, ...digests[at] }))
    if (spec.files.every(({ sha256 }, at) => sha256 === null || sha256 === files[at]?.sha256)) return { ...spec, files }
  }
  return null
}

async function huggingFaceSpec(folder: string, options: FolderOptions): Promise<ModelSpec> {
  const modules = readModules(folder)
  const config = readConfig(folder)
  const isTable = config.model_type === 'model2vec' || moduleNamed(modules, 'StaticEmbedding') !== undefined
  const weights = isTable ? findTokenTable(folder) : findOnnxWeights(folder)
  const tokenizer = readTokenizer(folder)
  const name = options.name ?? basename(folder)
  return {
    ...ENCODER,
    name,
    summary: `The model that was found in ${basename(folder)}.`,
    source: { repository: name, revision: null },
    licence: readLicence(folder),
    languages: [],
    runtime: weights.runtime,
    precision: weights.precision,
    files: await folderFiles(folder, weights, options),
    ...(weights.runtime === 'static'
      ? tokenTable(weights.dimensions)
      : isCrossEncoder(config)
        ? crossEncoder(folder, config)
        : encoder(folder, config, { modules, weights, tokenizer })),
  }
}

async function folderFiles(folder: string, { files }: FolderWeights, options: VerifyOptions): Promise<ModelFile[]> {
  const all = [...files, { role: 'tokenizer' as const, path: 'tokenizer.json' }]
  const digests = await digestFiles(
    folder,
    all.map(({ path }) => path),
    options,
  )
  return digests.map((file, at) => ({ role: (all[at] as ModelFile).role, ...file }))
}

/** What Model2Vec itself reads of a text unless it is told otherwise; the table has no limit of its own. */
const TOKEN_TABLE_LIMIT = 512

function tokenTable(dimensions: number) {
  return { dimensions, maxTokens: TOKEN_TABLE_LIMIT, pooling: 'mean' } as const
}

function isCrossEncoder({ architectures }: FolderConfig): boolean {
  return (architectures ?? []).some((name) => name.endsWith('ForSequenceClassification'))
}

function crossEncoder(folder: string, config: FolderConfig) {
  const labels = config.num_labels ?? Object.keys(config.id2label ?? {}).length
  if (labels > 1) {
    throw invalid(
      join(folder, 'config.json'),
      `is that of a model that tells ${labels} classes apart; a reranker has one`,
    )
  }
  return { task: 'rerank', dimensions: 1, maxTokens: readMaxTokens(folder, config), pooling: 'graph' } as const
}

interface EncoderParts {
  modules: Modules
  weights: OnnxWeights
  tokenizer: ReturnType<typeof readTokenizer>
}

function encoder(folder: string, config: FolderConfig, { modules, weights, tokenizer }: EncoderParts) {
  const { pooling, dimensions } = poolingOf(folder, config, modules, weights)
  return {
    dimensions,
    maxTokens: readMaxTokens(folder, config),
    pooling,
    ...readPrompts(folder, config, weights.graph.inputs),
    matryoshka: config.matryoshka_dimensions.filter((width) => width < dimensions),
    endToken: pooling === 'last' || isDecoder(config) ? endToken(folder, config, tokenizer) : null,
  }
}

/** Families that answer with their last token where no file says otherwise. */
const DECODERS = ['qwen2', 'qwen3', 'mistral', 'llama', 'gemma', 'gemma2']

function isDecoder({ model_type }: FolderConfig): boolean {
  return DECODERS.includes(model_type)
}

function poolingOf(folder: string, config: FolderConfig, modules: Modules, { files, graph }: OnnxWeights) {
  const weights = join(folder, (files[0] as { path: string }).path)
  const pooled = graph.outputs.find(({ name }) => name === 'sentence_embedding')
  if (pooled) return { pooling: 'graph' as const, dimensions: width(pooled.shape) ?? hiddenSize(folder, config) }
  if (moduleNamed(modules, 'Dense')) {
    throw invalid(
      weights,
      'ends before the dense layer that modules.json names; export it with sentence_embedding as an output',
    )
  }
  const said = readPooling(folder, modules)
  const actual = width(graph.outputs.find(({ shape }) => shape.length === 3)?.shape)
  const expected = said.dimensions ?? (said.pooling === null ? config.hidden_size : actual)
  if (actual !== null && expected !== undefined && expected !== null && actual !== expected) {
    throw invalid(weights, `gives vectors of ${actual} dimensions where the configuration beside it says ${expected}`)
  }
  const pooling = said.pooling ?? (isDecoder(config) ? 'last' : null)
  if (pooling === null) {
    throw invalid(join(folder, said.file), 'is missing, so the pooling is not known; put a semdex.json into the folder')
  }
  return { pooling, dimensions: actual ?? expected ?? hiddenSize(folder, config) }
}

/** The last size of a shape; null where it is not fixed. */
function width(shape: readonly (number | null)[] | undefined): number | null {
  return shape?.at(-1) || null
}

function hiddenSize(folder: string, { hidden_size }: FolderConfig): number {
  if (hidden_size !== undefined) return hidden_size
  throw invalid(join(folder, 'config.json'), 'does not say how long a vector is (hidden_size)')
}
