import { SemdexError } from '../core/errors.ts'

export function memoryNotFound(id: string): SemdexError {
  return new SemdexError('MEMORY_NOT_FOUND', {
    message: `There is no memory record ${id}.`,
    fix: 'semdex memory list shows the ids',
    details: { id },
  })
}

export function idTaken(id: string, cause: SemdexError): SemdexError {
  const fix = 'Take another id, or change that record (semdex memory update)'
  return new SemdexError('DOCUMENT_EXISTS', {
    message: `There is a memory record ${id} already.`,
    fix,
    ...(cause.details && { details: cause.details }),
    cause,
  })
}

/** @throws {SemdexError} `KIND_UNKNOWN` where kinds are configured and this is none of them */
export function assertKind(kind: string, known: readonly string[]): void {
  if (known.length === 0 || known.includes(kind)) return
  throw new SemdexError('KIND_UNKNOWN', {
    message: `There is no kind ${kind}; the kinds are ${known.join(', ')}.`,
    fix: 'Use one of them, or add it to the setting memory.kinds',
    details: { kind, known: [...known], field: 'kind' },
  })
}

export function invalidField(field: string, message: string, fix?: string): SemdexError {
  return new SemdexError('INVALID_INPUT', { message, ...(fix !== undefined && { fix }), details: { field } })
}
