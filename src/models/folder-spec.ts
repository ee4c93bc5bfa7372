import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import type { ModelFile, ModelSpec } from '../core/model-spec.ts'
import { CATALOGUE } from './catalogue.ts'
import { digestFiles, type VerifyOptions } from './verify.ts'

/**
 * How to run the model in a folder: its `semdex.json`; else the catalogue's spec where weights and tokenizer are those of a
 * known model; else what the configuration files of a Hugging Face folder say.
 * @throws {SemdexError} `MODEL_INVALID`, naming the file that is missing or wrong; `MODEL_DAMAGED` for a file that cannot be read.
 */
export async function readFolderSpec(folder: string, options: VerifyOptions): Promise<ModelSpec> {
  const file = join(folder, 'semdex.json')
  if (existsSync(file)) return readSpecFile(file)
  return (await knownSpec(folder, options)) ?? huggingFaceSpec(folder, options)
}

/** @throws {SemdexError} `MODEL_INVALID`, naming the file and the field. */
export function readSpecFile(file: string): ModelSpec {
  const parsed = v.safeParse(SPEC, readJson(file))
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  const field = issue.path?.map(({ key }) => String(key)).join('.') ?? ''
  throw invalid(file, `${field || 'the document'}: ${issue.message}`)
}

const TEXT = v.pipe(v.string(), v.nonEmpty())
const COUNT = v.pipe(v.number(), v.integer(), v.minValue(1))
const SPEC = v.strictObject({
  name: TEXT,
  summary: v.string(),
  source: v.strictObject({ repository: TEXT, revision: v.nullable(TEXT) }),
  licence: TEXT,
  languages: v.array(v.pipe(v.string(), v.regex(/^[a-z]{3}$/, 'must be an ISO 639-3 code'))),
  task: v.optional(v.picklist(['embed', 'rerank']), 'embed'),
  notice: v.optional(v.nullable(TEXT), null),
  runtime: v.picklist(['onnx', 'static', 'remote']),
  precision: v.picklist(['fp32', 'fp16', 'int8']),
  files: v.array(
    v.strictObject({
      role: v.picklist(['weights', 'data', 'tokenizer']),
      path: v.pipe(v.string(), v.check(isInside, 'must stay inside the folder of the model, with forward slashes')),
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits')),
      bytes: COUNT,
    }),
  ),
  dimensions: COUNT,
  maxTokens: v.pipe(COUNT, v.minValue(3)),
  pooling: v.picklist(['mean', 'cls', 'last', 'graph']),
  normalize: v.literal(true),
  prompts: v.strictObject({ query: v.string(), passage: v.string() }),
  matryoshka: v.optional(v.array(COUNT), []),
  inputs: v.optional(v.record(v.string(), v.strictObject({ query: v.number(), passage: v.number() })), {}),
  tasks: v.optional(
    v.record(v.string(), v.strictObject({ prompt: v.string(), inputs: v.record(v.string(), v.number()) })),
    {},
  ),
  endToken: v.optional(v.nullable(v.number()), null),
  remote: v.optional(v.nullable(v.strictObject({ url: TEXT, model: TEXT, keyVariable: v.nullable(TEXT) })), null),
}) satisfies v.GenericSchema<unknown, ModelSpec>

function isInside(path: string): boolean {
  return !/^$|\\|^\/|^[A-Za-z]:/.test(path) && !path.split('/').includes('..')
}

async function knownSpec(folder: string, options: VerifyOptions): Promise<ModelSpec | null> {
  for (const spec of CATALOGUE) {
    const sizes = spec.files.map(({ path }) => statSync(join(folder, path), { throwIfNoEntry: false })?.size)
    if (spec.files.some(({ bytes }, index) => sizes[index] !== bytes)) continue
    const digests = await digestFiles(
      folder,
      spec.files.map(({ path }) => path),
      options,
    )
    if (spec.files.every(({ sha256 }, index) => digests[index]?.sha256 === sha256)) return spec
  }
  return null
}

const WEIGHTS: [path: string, precision: ModelSpec['precision']][] = [
  ['onnx/model.onnx', 'fp32'],
  ['onnx/model_fp16.onnx', 'fp16'],
  ['onnx/model_quantized.onnx', 'int8'],
]

async function huggingFaceSpec(folder: string, options: VerifyOptions): Promise<ModelSpec> {
  const found = WEIGHTS.find(([path]) => existsSync(join(folder, path)))
  if (!found) throw invalid(folder, `holds no ${WEIGHTS.map(([path]) => path).join(', ')}`)
  const [weights, precision] = found
  const tokenizer = join(folder, 'tokenizer.json')
  if (!existsSync(tokenizer)) throw invalid(tokenizer, 'is missing, and a model cannot be used without its tokenizer')
  const config = readPart(folder, 'config.json', v.object({ hidden_size: COUNT, max_position_embeddings: COUNT }))
  const files = await digestFiles(folder, [weights, 'tokenizer.json'], options)
  return {
    name: basename(folder),
    summary: `The model in ${folder}.`,
    source: { repository: basename(folder), revision: null },
    licence: 'unknown',
    languages: [],
    task: 'embed',
    notice: null,
    runtime: 'onnx',
    precision,
    files: files.map((file, index): ModelFile => ({ role: index === 0 ? 'weights' : 'tokenizer', ...file })),
    dimensions: config.hidden_size,
    maxTokens: maxTokens(folder, config.max_position_embeddings),
    pooling: pooling(folder),
    normalize: true,
    prompts: prompts(folder),
    matryoshka: [],
    inputs: {},
    tasks: {},
    endToken: null,
    remote: null,
  }
}

function maxTokens(folder: string, positions: number): number {
  if (!existsSync(join(folder, 'sentence_bert_config.json'))) return positions
  return readPart(folder, 'sentence_bert_config.json', v.object({ max_seq_length: COUNT })).max_seq_length
}

function pooling(folder: string): ModelSpec['pooling'] {
  const file = '1_Pooling/config.json'
  if (!existsSync(join(folder, file))) {
    throw invalid(join(folder, file), 'is missing, so the pooling is not known; put a semdex.json into the folder')
  }
  const modes = readPart(folder, file, v.record(v.string(), v.unknown()))
  const chosen = Object.keys(modes).filter((mode) => mode.startsWith('pooling_mode_') && modes[mode] === true)
  if (chosen.length === 1 && chosen[0] === 'pooling_mode_mean_tokens') return 'mean'
  if (chosen.length === 1 && chosen[0] === 'pooling_mode_cls_token') return 'cls'
  throw invalid(join(folder, file), `asks for ${chosen.join(' and ') || 'no pooling'}; mean and CLS can be run`)
}

/** The prompts by the names that sentence-transformers and its models use. */
function prompts(folder: string): ModelSpec['prompts'] {
  const file = 'config_sentence_transformers.json'
  if (!existsSync(join(folder, file))) return { query: '', passage: '' }
  const given = readPart(folder, file, v.object({ prompts: v.optional(v.record(v.string(), v.string()), {}) })).prompts
  return { query: given.query ?? '', passage: given.passage ?? given.document ?? '' }
}

function readPart<T>(folder: string, path: string, schema: v.GenericSchema<unknown, T>): T {
  const file = join(folder, path)
  const parsed = v.safeParse(schema, readJson(file))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw invalid(file, `${issue.path?.map(({ key }) => String(key)).join('.') ?? 'the document'}: ${issue.message}`)
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw invalid(file, `cannot be read as JSON (${(cause as Error).message})`, cause)
  }
}

function invalid(file: string, reason: string, cause?: unknown): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `${file} ${reason}.`,
    fix: 'docs/models.md says what a model folder holds and how a semdex.json is written',
    details: { file },
    cause,
  })
}
