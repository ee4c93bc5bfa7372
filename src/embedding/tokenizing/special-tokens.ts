/** Ids that a tokenizer puts around a text. */
export interface SpecialTokens {
  before: readonly number[]
  after: readonly number[]
}

/** What the `post_processor` of a tokenizer.json puts around one text. @throws {Error} where its kind is not known. */
export function specialTokens(processor: unknown): SpecialTokens {
  if (processor === null || processor === undefined) return { before: [], after: [] }
  const document = processor as Processor
  switch (document.type) {
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [document.cls[1]], after: [document.sep[1]] }
    case 'TemplateProcessing':
      return ofTemplate(document)
    case 'Sequence':
      return document.processors.map(specialTokens).reduce(around, { before: [], after: [] })
    case 'ByteLevel':
      return { before: [], after: [] }
    default:
      throw new Error(`its post_processor ${(document as { type: string }).type} is not known`)
  }
}

type Processor =
  | { type: 'BertProcessing' | 'RobertaProcessing'; cls: [string, number]; sep: [string, number] }
  | Template
  | { type: 'Sequence'; processors: unknown[] }
  | { type: 'ByteLevel' }

interface Template {
  type: 'TemplateProcessing'
  single: ({ SpecialToken: { id: string } } | { Sequence: unknown })[]
  special_tokens: Record<string, { ids: number[] }>
}

function ofTemplate({ single, special_tokens: specials }: Template): SpecialTokens {
  const text = single.findIndex((part) => 'Sequence' in part)
  const idsOf = (parts: typeof single) =>
    parts.flatMap((part) => ('SpecialToken' in part ? (specials[part.SpecialToken.id]?.ids ?? []) : []))
  return { before: idsOf(single.slice(0, text)), after: idsOf(single.slice(text + 1)) }
}

/** A later processor gets what an earlier one made. */
function around(inner: SpecialTokens, outer: SpecialTokens): SpecialTokens {
  return { before: [...outer.before, ...inner.before], after: [...inner.after, ...outer.after] }
}
