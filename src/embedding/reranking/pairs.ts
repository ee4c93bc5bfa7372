import { SemdexError } from '../../core/errors.ts'
import type { Encoding, Tokenizer } from '../tokenizing/tokenizer.ts'
import { type PairTemplate, readPairTemplate } from './pair-template.ts'

/** A query and a passage as one sequence of ids, with a type id for each. */
export interface PairEncoding extends Encoding {
  typeIds: Int32Array
}

export type PairEncoder = (query: string, passages: readonly string[]) => PairEncoding[]

/**
 * Writes pairs as the tokenizer's file says, in at most `maxTokens` ids: the longer text is cut first, and the special
 * tokens stay.
 * @throws {SemdexError} `MODEL_INVALID`, naming the file, where it has no form for a pair.
 */
export function createPairEncoder(tokenizer: Tokenizer, maxTokens: number, file: string): PairEncoder {
  const template = readPairTemplate(tokenizer.processor)
  if (!template) throw noPairs(file)
  const room = maxTokens - template.reduce((sum, part) => sum + ('ids' in part ? part.ids.length : 0), 0)
  return (query, passages) => {
    const first = tokenizer.pieces(query, room)
    return passages.map((passage) => {
      const second = tokenizer.pieces(passage, room)
      const isOdd = room % 2 === 1 && first.length > room && second.length > room
      // Where both alone are too long, the one token that cannot be halved goes to the text that is longer as a whole.
      const lengths = isOdd ? [tokenizer.count(query), tokenizer.count(passage)] : [first.length, second.length]
      const [a, b] = cutLongestFirst(lengths[0] as number, lengths[1] as number, room)
      const truncated = a < first.length || b < second.length
      return { ...assemble(template, first.slice(0, a), second.slice(0, b)), truncated }
    })
  }
}

/**
 * The tokens that two texts keep in a room for both: `longest_first` as Hugging Face's tokenizers library has it
 * (utils/truncation.rs). Where both must be cut each keeps half, and the longer one, B in doubt, an odd token.
 */
export function cutLongestFirst(a: number, b: number, room: number): [a: number, b: number] {
  if (a + b <= room) return [a, b]
  const shorter = Math.min(a, b)
  const longer = Math.max(shorter, room - shorter)
  const half = Math.floor(room / 2)
  const [less, more] = shorter + longer > room ? [half, room - half] : [shorter, longer]
  return a > b ? [more, less] : [less, more]
}

function assemble(template: PairTemplate, a: readonly number[], b: readonly number[]) {
  const ids: number[] = []
  const types: number[] = []
  for (const part of template) {
    for (const id of 'ids' in part ? part.ids : part.text === 'A' ? a : b) {
      ids.push(id)
      types.push(part.typeId)
    }
  }
  return { ids: Int32Array.from(ids), typeIds: Int32Array.from(types) }
}

function noPairs(file: string): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `The tokenizer ${file} does not say how a query and a passage are put together.`,
    fix: 'Use the tokenizer.json of a cross-encoder: its post_processor has a form for a pair',
    details: { file },
  })
}
