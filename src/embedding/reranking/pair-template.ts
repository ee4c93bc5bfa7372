/** How a tokenizer writes two texts as one sequence: special tokens, and the places of the query (A) and the passage (B). */
export type PairTemplate = readonly PairPart[]

type PairPart = { text: 'A' | 'B'; typeId: number } | { ids: readonly number[]; typeId: number }

/**
 * The form of a pair in the `post_processor` of a tokenizer.json: TemplateProcessing, BertProcessing, RobertaProcessing,
 * or a Sequence that holds one of them. Null where it has none.
 */
export function readPairTemplate(processor: unknown): PairTemplate | null {
  const document = (processor ?? {}) as Partial<Processor>
  switch (document.type) {
    case 'TemplateProcessing':
      return document.pair ? templateOf(document.pair, document.special_tokens ?? {}) : null
    case 'BertProcessing': {
      const { cls, sep } = document as SpecialPair
      return [special(cls, 0), { text: 'A', typeId: 0 }, special(sep, 0), { text: 'B', typeId: 1 }, special(sep, 1)]
    }
    case 'RobertaProcessing': {
      const { cls, sep } = document as SpecialPair
      const end = special(sep, 0)
      return [special(cls, 0), { text: 'A', typeId: 0 }, end, end, { text: 'B', typeId: 0 }, end]
    }
    case 'Sequence':
      return document.processors?.map(readPairTemplate).find((template) => template !== null) ?? null
    default:
      return null
  }
}

interface Processor {
  type: string
  pair: TemplatePart[]
  special_tokens: Record<string, { ids: number[] }>
  processors: unknown[]
}

/** The texts of special tokens and their ids. */
interface SpecialPair {
  cls: [string, number]
  sep: [string, number]
}

type TemplatePart = { SpecialToken: { id: string; type_id: number } } | { Sequence: { id: 'A' | 'B'; type_id: number } }

function templateOf(parts: readonly TemplatePart[], specials: Processor['special_tokens']): PairTemplate {
  return parts.map((part) => {
    if ('Sequence' in part) return { text: part.Sequence.id, typeId: part.Sequence.type_id }
    const { id, type_id: typeId } = part.SpecialToken
    return { ids: specials[id]?.ids ?? [], typeId }
  })
}

function special([, id]: [string, number], typeId: number): PairPart {
  return { ids: [id], typeId }
}
