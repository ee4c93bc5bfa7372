import { digest } from '../core/digest.ts'
import type { ModelSpec } from '../core/model-spec.ts'

/**
 * Digest over everything that decides a vector's value for a text: 32 hexadecimal digits. Names and places are left out.
 * Null while a checksum is not known: a digest without it would be another one later.
 */
export function embeddingFingerprint(spec: ModelSpec): string | null {
  if (!isComplete(spec)) return null
  const known = fingerprints.get(spec) ?? fingerprintOf(spec)
  fingerprints.set(spec, known)
  return known
}

/** Of the specs that are looked up again and again, which never change: a search needs it twice. */
const fingerprints = new WeakMap<ModelSpec, string>()

function fingerprintOf(spec: ModelSpec): string {
  const files = spec.files.map(({ role, sha256 }) => `${role}:${sha256}`).sort()
  const { precision, dimensions, maxTokens, pooling, normalize, prompts } = spec
  const parts: unknown[] = [files, precision, dimensions, maxTokens, pooling, normalize, prompts.query, prompts.passage]
  const more = beyondPlainEncoders(spec)
  return digest(JSON.stringify(more.length > 0 ? [...parts, more] : parts))
}

function isComplete({ runtime, remote, files }: ModelSpec): boolean {
  const known = files.every(({ sha256 }) => sha256 !== null)
  return known && (runtime === 'remote' ? remote !== null : files.length > 0)
}

/** Left out where it is what a plain encoder has, so that the fingerprints in existing databases stay. */
function beyondPlainEncoders({ task, runtime, inputs, tasks, endToken, remote }: ModelSpec): unknown[] {
  return [
    ...(task === 'embed' ? [] : [['task', task]]),
    ...(runtime === 'onnx' ? [] : [['runtime', runtime]]),
    ...(isEmpty(inputs) ? [] : [['inputs', sorted(inputs)]]),
    ...(isEmpty(tasks) ? [] : [['tasks', sorted(tasks)]]),
    ...(endToken === null ? [] : [['endToken', endToken]]),
    ...(remote === null ? [] : [['remote', remote.url, remote.model]]),
  ]
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0
}

/** The same value for objects whose keys were written in another order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, child]) => [key, sorted(child)])
}
