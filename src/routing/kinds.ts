import type { Metadata } from '../core/documents.ts'
import type { Side } from '../core/sides.ts'

/** What a declared kind says of the side. Compared in small letters, with `_` for hyphens and blanks. */
const SIDE_OF_KIND: Readonly<Record<string, Side>> = {
  ...by('code', 'code source source_code snippet script function method class module query regex'),
  ...by('code', 'code_template code_pattern code_snippet code_example code_review_fix'),
  ...by('code', 'api_signature config configuration test_code schema migration'),
  ...by('text', 'text note prose article document documentation guide tutorial manual readme faq question answer'),
  ...by('text', 'memory fact preference decision observation lesson insight event task goal rule'),
  ...by('text', 'conversation message email summary report meeting person profile log'),
}

/** The side that `metadata.kind` declares, or null where it declares none that is known here. */
export function sideOfKind(metadata: Metadata): Side | null {
  const { kind } = metadata
  if (typeof kind !== 'string') return null
  const key = kind
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
  return Object.hasOwn(SIDE_OF_KIND, key) ? (SIDE_OF_KIND[key] as Side) : null
}

function by(side: Side, kinds: string): Record<string, Side> {
  return Object.fromEntries(kinds.split(' ').map((kind) => [kind, side]))
}
