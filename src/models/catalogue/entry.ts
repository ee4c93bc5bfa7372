import type { ModelFile, ModelSpec } from '../../core/model-spec.ts'

/** What the specs of plain encoders have in common. */
export const ENCODER = {
  task: 'embed',
  notice: null,
  runtime: 'onnx',
  normalize: true,
  prompts: { query: '', passage: '' },
  matryoshka: [],
  inputs: {},
  tasks: {},
  endToken: null,
  remote: null,
} satisfies Partial<ModelSpec>

/** A repository without a revision is pulled as its main branch is. */
export function source(repository: string): ModelSpec['source'] {
  return { repository, revision: null }
}

/** Checksum and size are null where none is published. */
export function file(
  role: ModelFile['role'],
  path: string,
  sha256: string | null = null,
  bytes: number | null = null,
): ModelFile {
  return { role, path, sha256, bytes }
}
