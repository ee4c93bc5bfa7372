import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { SemdexError } from '../../core/errors.ts'
import type { ModelSpec } from '../../core/model-spec.ts'

/**
 * A spec from a JSON file. What it leaves out is what a plain encoder has.
 * @throws {SemdexError} `MODEL_INVALID`, naming the file and the field.
 */
export function readSpecFile(file: string): ModelSpec {
  const spec = readJson(file, SPEC)
  const wrong = contradiction(spec)
  if (wrong !== null) throw invalid(file, `is not right: ${wrong}`)
  return spec
}

/** A JSON file that has a form. @throws {SemdexError} `MODEL_INVALID`, naming the file and the field. */
export function readJson<T>(file: string, schema: v.GenericSchema<unknown, T>): T {
  const parsed = v.safeParse(schema, parseJson(file))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw invalid(file, `is not right: ${v.getDotPath(issue) ?? 'the document'}: ${issue.message}`)
}

/** `reason` follows the path of the file in the sentence. */
export function invalid(file: string, reason: string, cause?: unknown): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `${file} ${reason}.`,
    fix: 'docs/models.md says what a model folder holds and how a semdex.json is written',
    details: { file },
    cause,
  })
}

export const COUNT = v.pipe(v.number(), v.integer(), v.minValue(1))

const TEXT = v.pipe(v.string(), v.nonEmpty())
const ID = v.pipe(v.number(), v.integer(), v.minValue(0))
const WHOLE = v.pipe(v.number(), v.integer())

const FILE = v.strictObject({
  role: v.picklist(['weights', 'data', 'tokenizer']),
  path: v.pipe(TEXT, v.check(isInside, 'must stay inside the folder of the model, with forward slashes')),
  sha256: v.optional(
    v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits'))),
    null,
  ),
  bytes: v.optional(v.nullable(COUNT), null),
})

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
  files: v.array(FILE),
  dimensions: COUNT,
  maxTokens: v.pipe(COUNT, v.minValue(3)),
  pooling: v.picklist(['mean', 'cls', 'last', 'graph']),
  normalize: v.literal(true),
  prompts: v.strictObject({ query: v.string(), passage: v.string() }),
  matryoshka: v.optional(v.array(COUNT), []),
  inputs: v.optional(v.record(v.string(), v.strictObject({ query: WHOLE, passage: WHOLE })), {}),
  tasks: v.optional(
    v.record(v.string(), v.strictObject({ prompt: v.string(), inputs: v.record(v.string(), WHOLE) })),
    {},
  ),
  endToken: v.optional(v.nullable(ID), null),
  remote: v.optional(
    v.nullable(v.strictObject({ url: v.pipe(v.string(), v.url()), model: TEXT, keyVariable: v.nullable(TEXT) })),
    null,
  ),
}) satisfies v.GenericSchema<unknown, ModelSpec>

/** What the fields of a spec demand of each other: the field that is wrong and why, or null. */
function contradiction({ runtime, remote, files, matryoshka, dimensions }: ModelSpec): string | null {
  const count = (role: ModelSpec['files'][number]['role']) => files.filter((file) => file.role === role).length
  if (runtime === 'remote' && remote === null) return 'remote: is missing, and the runtime remote needs it'
  if (runtime !== 'remote' && remote !== null) return 'remote: belongs to the runtime remote alone'
  if (runtime !== 'remote' && (count('weights') !== 1 || count('tokenizer') !== 1)) {
    return 'files: one of the role weights and one of the role tokenizer are needed'
  }
  if (new Set(files.map(({ path }) => path)).size < files.length) return 'files: a path stands there twice'
  return matryoshka.every((width) => width < dimensions) ? null : 'matryoshka: must be below dimensions'
}

function isInside(path: string): boolean {
  return !/^$|\\|^\/|^[A-Za-z]:/.test(path) && !path.split('/').includes('..')
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw invalid(file, `cannot be read as JSON (${(cause as Error).message})`, cause)
  }
}
