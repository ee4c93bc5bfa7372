import { SemdexError } from './errors.ts'
import type { ModelSpec } from './model-spec.ts'

/** `MODEL_NOT_INSTALLED`, with the way to bring the model here. */
export function modelNotInstalled({ name, source, files }: ModelSpec): SemdexError {
  const { repository } = source
  return new SemdexError('MODEL_NOT_INSTALLED', {
    message:
      files.length > 0
        ? `The model ${name} is not on this machine.`
        : `The model ${name} is not on this machine, and nobody publishes files of it that can be run.`,
    fix:
      files.length > 0
        ? `semdex models pull ${name}`
        : `Export ${repository} to ONNX as docs/models.md says, then semdex models add FOLDER --name ${name}`,
    details: { model: name, repository, files: files.map(({ path }) => path) },
  })
}
