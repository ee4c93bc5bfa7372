import { SemdexError } from '../../core/errors.ts'
import type { NewArtifact } from './artifact.ts'
import type { ArtifactKind } from './kinds.ts'

/** The text of an artifact's document; the title stands before each of its passages by itself. */
export interface Composed {
  text: string
  /** Where the body begins; its end is the text's. */
  bodyAt: number
}

/**
 * Puts together what is embedded of an artifact: its description, its tags on a line, then its body, with empty lines
 * between them. The body is last whatever the order of the kind says, so that it can be cut out again.
 * @throws {SemdexError} `INVALID_INPUT` where nothing of it is left to embed
 */
export function compose(artifact: NewArtifact, { embeds }: Pick<ArtifactKind, 'embeds'>): Composed {
  const { id, title, description, tags, body } = artifact
  const parts = { description: description.trim(), tags: tags.join(', '), body: '' }
  const head = embeds
    .map((field) => parts[field])
    .filter((part) => part !== '')
    .map((part) => `${part}\n\n`)
    .join('')
  if ((title + head + body).trim() === '') {
    throw new SemdexError('INVALID_INPUT', {
      message: `The artifact ${id} has no title, description, tags or body: there is nothing to find it by.`,
      details: { field: 'body', id },
    })
  }
  const text = head + body
  return { text: text === '' ? title : text, bodyAt: text === '' ? title.length : head.length }
}
