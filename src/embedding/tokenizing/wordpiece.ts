/**
 * BERT's tokenizer, to the letter of Hugging Face's reference (BertNormalizer, BertPreTokenizer, WordPiece), without special
 * tokens around the text. Unicode classes are those of this Node; the reference has older tables for some rare scripts.
 */
export interface WordPieceSettings {
  cleanText: boolean
  spaceChinese: boolean
  stripAccents: boolean
  lowercase: boolean
  continuation: string
  unknownId: number
  longestWord: number
  /** Texts that become one token wherever they stand, before anything is normalised: `[SEP]`. */
  added: ReadonlyMap<string, number>
  vocabulary: Vocabulary
}

export interface Vocabulary {
  readonly size: number
  /** The id of a piece, continuation prefix included. */
  get(piece: string): number | undefined
}

/** A function from text to token ids. It remembers the pieces of words, at most 30,000 of them. */
export function createWordPiece(settings: WordPieceSettings): (text: string) => number[] {
  const { added } = settings
  const specials = added.size > 0 ? new RegExp([...added.keys()].map(escapeRegExp).join('|'), 'g') : null
  const known = new Map<string, readonly number[]>()

  function piecesOf(word: string): readonly number[] {
    const before = known.get(word)
    if (before) return before
    const pieces = splitWord(word, settings)
    if (known.size >= 30_000) known.clear()
    known.set(word, pieces)
    return pieces
  }

  function tokenizeInto(ids: number[], text: string): void {
    for (const word of words(normalise(text, settings))) for (const id of piecesOf(word)) ids.push(id)
  }

  return (text) => {
    const ids: number[] = []
    let from = 0
    if (specials) {
      for (const match of text.matchAll(specials)) {
        tokenizeInto(ids, text.slice(from, match.index))
        ids.push(added.get(match[0]) as number)
        from = match.index + match[0].length
      }
    }
    tokenizeInto(ids, from === 0 ? text : text.slice(from))
    return ids
  }
}

const PLAIN = /^[\t\n\r\x20-\x7e]*$/
const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/gu
const MARKS = /\p{Mn}/gu
/** The reference's ranges, its gap between U+2B81F and U+2B920 included. */
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu

function normalise(text: string, { cleanText, spaceChinese, stripAccents, lowercase }: WordPieceSettings): string {
  if (PLAIN.test(text)) return lowercase ? text.toLowerCase() : text
  let result = text
  if (cleanText) result = result.replace(CONTROL, keepLayout)
  if (spaceChinese) result = result.replace(CHINESE, ' $& ')
  if (stripAccents) result = result.normalize('NFD').replace(MARKS, '')
  // toLowerCase alone would end words with a final sigma; the reference lowers letter by letter.
  return lowercase ? result.replaceAll('Σ', 'σ').toLowerCase() : result
}

function keepLayout(character: string): string {
  return character === '\t' || character === '\n' || character === '\r' ? character : ''
}

const WORD = 1
const SPACE = 2
const PUNCTUATION = 3
/** Filled as characters are met; 0 is not yet known. */
const CLASSES = new Uint8Array(0x110000)

function classOf(code: number): number {
  const known = CLASSES[code] as number
  if (known !== 0) return known
  const character = String.fromCodePoint(code)
  const isMark = /^[\p{P}$+<=>^`|~]$/u.test(character)
  const kind = /^\s$/.test(character) ? SPACE : isMark ? PUNCTUATION : WORD
  CLASSES[code] = kind
  return kind
}

/** Splits at white space, and around each punctuation mark. */
function* words(text: string): Generator<string> {
  let start = -1
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) as number
    const width = code > 0xffff ? 2 : 1
    const kind = classOf(code)
    if (kind === WORD) {
      if (start < 0) start = at
    } else {
      if (start >= 0) yield text.slice(start, at)
      if (kind === PUNCTUATION) yield text.slice(at, at + width)
      start = -1
    }
    at += width
  }
  if (start >= 0) yield text.slice(start)
}

/** The longest piece that the vocabulary has, again and again; a word with a part that it lacks is unknown as a whole. */
function splitWord(word: string, { vocabulary, continuation, unknownId, longestWord }: WordPieceSettings): number[] {
  if (word.length > 2 * longestWord) return [unknownId]
  const characters = [...word]
  if (characters.length > longestWord) return [unknownId]
  const whole = vocabulary.get(word)
  if (whole !== undefined) return [whole]
  const ids: number[] = []
  for (let start = 0; start < characters.length; ) {
    const prefix = start === 0 ? '' : continuation
    let end = characters.length
    let id: number | undefined
    while (end > start) {
      id = vocabulary.get(prefix + characters.slice(start, end).join(''))
      if (id !== undefined) break
      end--
    }
    if (id === undefined) return [unknownId]
    ids.push(id)
    start = end
  }
  return ids
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
