import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { EmbeddingTask, ModelSpec } from '../../core/model-spec.ts'
import { COUNT, invalid, readJson } from './spec-schema.ts'

/** What the configuration files of a Hugging Face folder say, each read where it is there. */

const ID = v.pipe(v.number(), v.integer(), v.minValue(0))
const CONFIG = v.object({
  model_type: v.optional(v.string(), ''),
  architectures: v.optional(v.nullable(v.array(v.string()))),
  hidden_size: v.optional(COUNT),
  max_position_embeddings: v.optional(COUNT),
  pad_token_id: v.optional(v.nullable(ID)),
  eos_token_id: v.optional(v.nullable(v.union([ID, v.array(ID)]))),
  num_labels: v.optional(COUNT),
  id2label: v.optional(v.record(v.string(), v.unknown())),
  matryoshka_dimensions: v.optional(v.array(COUNT), []),
  lora_adaptations: v.optional(v.array(v.string()), []),
  task_instructions: v.optional(v.record(v.string(), v.string()), {}),
})
export type FolderConfig = v.InferOutput<typeof CONFIG>

export function readConfig(folder: string): FolderConfig {
  const file = join(folder, 'config.json')
  if (!existsSync(file)) throw invalid(file, 'is missing, so how the model is run is not known')
  return readJson(file, CONFIG)
}

const MODULES = v.array(v.object({ type: v.string(), path: v.optional(v.string(), '') }))
export type Modules = v.InferOutput<typeof MODULES>

/** The steps that sentence-transformers runs, `sentence_transformers.models.Pooling` for one. */
export function readModules(folder: string): Modules {
  return readOptional(folder, 'modules.json', MODULES) ?? []
}

export function moduleNamed(modules: Modules, name: string): Modules[number] | undefined {
  return modules.find(({ type }) => type.endsWith(`.${name}`))
}

const POOLING = v.looseObject({
  word_embedding_dimension: v.optional(COUNT),
  pooling_mode: v.optional(v.string()),
})
const MODES: Partial<Record<string, ModelSpec['pooling']>> = {
  mean: 'mean',
  mean_tokens: 'mean',
  cls: 'cls',
  cls_token: 'cls',
  lasttoken: 'last',
}

/** @throws {SemdexError} `MODEL_INVALID` where the pooling is none of those that can be run */
export function readPooling(folder: string, modules: Modules) {
  const file = `${moduleNamed(modules, 'Pooling')?.path || '1_Pooling'}/config.json`
  const config = readOptional(folder, file, POOLING)
  if (!config) return { file, pooling: null, dimensions: null }
  const flags = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true)
  const chosen = config.pooling_mode ? [config.pooling_mode] : flags.map((key) => key.slice('pooling_mode_'.length))
  const pooling = chosen.length === 1 ? MODES[chosen[0] as string] : undefined
  if (pooling) return { file, pooling, dimensions: config.word_embedding_dimension ?? null }
  throw invalid(
    join(folder, file),
    `asks for ${chosen.join(' and ') || 'no pooling'}; mean, CLS and the last token can be run`,
  )
}

/** Families whose positions begin after the padding's. */
const OFFSET_FAMILIES = ['roberta', 'xlm-roberta', 'camembert', 'mpnet']

/** @throws {SemdexError} `MODEL_INVALID` where nothing says it */
export function readMaxTokens(folder: string, config: FolderConfig): number {
  const sentence = v.object({ max_seq_length: v.optional(v.nullable(COUNT)) })
  const said = readOptional(folder, 'sentence_bert_config.json', sentence)?.max_seq_length
  if (said) return said
  const { model_type, max_position_embeddings: positions, pad_token_id } = config
  const offset = OFFSET_FAMILIES.includes(model_type) ? (pad_token_id ?? 1) + 1 : 0
  const tokenizer = readOptional(
    folder,
    'tokenizer_config.json',
    v.object({ model_max_length: v.optional(v.nullable(v.number())) }),
  )
  const limits = [positions === undefined ? null : positions - offset, tokenizer?.model_max_length]
  const most = Math.min(...limits.filter((limit) => typeof limit === 'number'))
  if (Number.isSafeInteger(most)) return most
  throw invalid(join(folder, 'config.json'), 'does not say how many tokens the model reads (max_position_embeddings)')
}

const QUERY = ['query', 'search_query', 'retrieval.query']
const PASSAGE = ['passage', 'document', 'search_document', 'retrieval.passage']
const KINDS = ['query', 'search_query', 'passage', 'document', 'search_document']

/** The prompts by the names that are in use for queries and passages; what has another name is a task. */
export function readPrompts(
  folder: string,
  { task_instructions, lora_adaptations }: FolderConfig,
  inputs: readonly string[],
): Pick<ModelSpec, 'prompts' | 'inputs' | 'tasks'> {
  const sentence = v.object({ prompts: v.optional(v.nullable(v.record(v.string(), v.string()))) })
  const saved = readOptional(folder, 'config_sentence_transformers.json', sentence)?.prompts
  const prompts = { ...saved, ...task_instructions }
  const adapters = inputs.includes('task_id') ? lora_adaptations : []
  const promptOf = (names: string[]) => names.map((name) => prompts[name]).find((prompt) => prompt !== undefined) ?? ''
  const names = new Set([...adapters, ...Object.keys(prompts)])
  const tasks = [...names].filter((name) => !KINDS.includes(name) && (adapters.length === 0 || adapters.includes(name)))
  return {
    prompts: { query: promptOf(QUERY), passage: promptOf(PASSAGE) },
    inputs: adapters.length === 0 ? {} : { task_id: adapterOfKinds(folder, adapters) },
    tasks: Object.fromEntries(tasks.map((name) => [name, taskOf(prompts[name] ?? '', adapters.indexOf(name))])),
  }
}

function taskOf(prompt: string, adapter: number): EmbeddingTask {
  return { prompt, inputs: adapter === -1 ? {} : { task_id: adapter } }
}

function adapterOfKinds(folder: string, adapters: readonly string[]) {
  const kinds = { query: adapters.indexOf('retrieval.query'), passage: adapters.indexOf('retrieval.passage') }
  if (kinds.query !== -1 && kinds.passage !== -1) return kinds
  throw invalid(join(folder, 'config.json'), 'names no adapters retrieval.query and retrieval.passage')
}

const POST_PROCESSOR = v.object({ type: v.string(), single: v.optional(v.array(v.looseObject({}))) })
const TOKENIZER = v.object({
  added_tokens: v.optional(v.array(v.object({ id: ID, content: v.string() })), []),
  post_processor: v.optional(
    v.nullable(v.object({ ...POST_PROCESSOR.entries, processors: v.optional(v.array(POST_PROCESSOR)) })),
  ),
})
export type TokenizerFile = v.InferOutput<typeof TOKENIZER>

/** @throws {SemdexError} `MODEL_INVALID`, naming the file, where it is missing or broken */
export function readTokenizer(folder: string): TokenizerFile {
  const file = join(folder, 'tokenizer.json')
  if (!existsSync(file)) throw invalid(file, 'is missing, and a model cannot be used without its tokenizer')
  return readJson(file, TOKENIZER)
}

/** The end token of a decoder; null where tokenizer.json puts it after a text, or where the model was made without. */
export function endToken(folder: string, config: FolderConfig, tokenizer: TokenizerFile): number | null {
  const { post_processor: post } = tokenizer
  const templates = [post, ...(post?.processors ?? [])].flatMap((each) => (each?.single ? [each.single] : []))
  if (templates.some((single) => 'SpecialToken' in (single.at(-1) ?? {}))) return null
  const word = v.union([v.string(), v.looseObject({ content: v.string() })])
  const schema = v.object({
    add_eos_token: v.optional(v.nullable(v.boolean())),
    eos_token: v.optional(v.nullable(word)),
  })
  const given = readOptional(folder, 'tokenizer_config.json', schema)
  if (given?.add_eos_token === false) return null
  const content = typeof given?.eos_token === 'string' ? given.eos_token : given?.eos_token?.content
  const named = tokenizer.added_tokens.find((token) => token.content === content)?.id
  const [configured] = [config.eos_token_id ?? null].flat()
  return named ?? configured ?? null
}

/** As the front matter of a model card has it. */
export function readLicence(folder: string): string {
  const file = join(folder, 'README.md')
  if (!existsSync(file)) return 'unknown'
  const [, matter = ''] = readFileSync(file, 'utf8').split(/^---\s*$/m, 2)
  return /^license:\s*['"]?([\w.-]+)/m.exec(matter)?.[1] ?? 'unknown'
}

function readOptional<T>(folder: string, path: string, schema: v.GenericSchema<unknown, T>): T | null {
  const file = join(folder, path)
  return existsSync(file) ? readJson(file, schema) : null
}
