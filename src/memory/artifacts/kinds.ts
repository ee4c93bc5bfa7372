import type { DocumentFormat } from '../../core/documents.ts'
import { SemdexError } from '../../core/errors.ts'
import type { Side } from '../../core/sides.ts'

/** How artifacts of a kind are embedded. */
export interface ArtifactKind {
  /** Which of the collection's models reads them. */
  side: Side
  /** How their text is cut into passages. */
  format: DocumentFormat
  /** What of an artifact is embedded after its title, in this order; what is empty is left out. */
  embeds: readonly EmbeddedField[]
}

export type EmbeddedField = 'description' | 'tags' | 'body'

const ALL: readonly EmbeddedField[] = ['description', 'tags', 'body']

/** The kinds that everybody has. */
export const ARTIFACT_KINDS: Readonly<Record<string, ArtifactKind>> = {
  document: { side: 'text', format: 'markdown', embeds: ALL },
  template: { side: 'text', format: 'text', embeds: ALL },
  pattern: { side: 'text', format: 'text', embeds: ALL },
  code_template: { side: 'code', format: 'code', embeds: ALL },
  code_pattern: { side: 'code', format: 'code', embeds: ALL },
}

/** The kinds that everybody has, and those that are configured for each side, which may be other than they were. */
export function artifactKinds(configured: {
  text: readonly string[]
  code: readonly string[]
}): Record<string, ArtifactKind> {
  const text = configured.text.map((name) => [name, { side: 'text', format: 'text', embeds: ALL }])
  const code = configured.code.map((name) => [name, { side: 'code', format: 'code', embeds: ALL }])
  return { ...ARTIFACT_KINDS, ...Object.fromEntries([...text, ...code]) }
}

/** @throws {SemdexError} `KIND_UNKNOWN` */
export function requireKind(kind: string, kinds: Readonly<Record<string, ArtifactKind>>): ArtifactKind {
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (found) return found
  const known = Object.keys(kinds)
  throw new SemdexError('KIND_UNKNOWN', {
    message: `There is no kind of artifact ${kind}; the kinds are ${known.join(', ')}.`,
    fix: 'Use one of them, or add it to the setting artifacts.textKinds or artifacts.codeKinds',
    details: { kind, known, field: 'kind' },
  })
}
