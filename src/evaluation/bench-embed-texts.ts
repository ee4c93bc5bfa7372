/** Makes texts of real words, never the same one twice, so that no cache can answer; the same ones in every process. */
export interface TextMaker {
  /** Texts of about so many tokens each, special tokens included. */
  passages(count: number, tokens: number): string[]
  /** A question of about ten tokens. */
  query(): string
}

/** `countTokens`: the model's tokens of a text, without special tokens; decides how many words make a length. */
export function createTextMaker(countTokens: (text: string) => number): TextMaker {
  const pick = pickerOf(SEED)
  const seen = new Set<string>()
  const sample = words(pick, 2_000)
  const tokensPerWord = countTokens(sample.join(' ')) / sample.length

  function fresh(make: () => string): string {
    for (;;) {
      const text = make()
      if (seen.has(text)) continue
      seen.add(text)
      return text
    }
  }

  return {
    passages(count, tokens) {
      const length = Math.max(3, Math.round((tokens - SPECIAL_TOKENS) / tokensPerWord))
      return Array.from({ length: count }, () => fresh(() => joined(words(pick, length))))
    },
    query: () => fresh(() => `${pick(QUESTIONS)} ${words(pick, 6).join(' ').replace(/[.,]/g, '')}?`),
  }
}

const SEED = 20_240_229
const SPECIAL_TOKENS = 2

function joined(parts: readonly string[]): string {
  const text = parts.join(' ').replace(/,$/, '')
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\. ([a-z])/g, (_, first: string) => `. ${first.toUpperCase()}`)}`
}

/** So many words of sentences, punctuation on the words that it follows. */
function words(pick: Pick, count: number): string[] {
  const all: string[] = []
  while (all.length < count) all.push(...sentence(pick))
  return all.slice(0, count)
}

function sentence(pick: Pick): string[] {
  const subject = nounPhrase(pick)
  const object = nounPhrase(pick)
  const place = [pick(PREPOSITIONS), ...nounPhrase(pick)]
  const clause = [...subject, pick(VERBS), ...object, ...place]
  const more = pick([0, 1, 2]) === 0 ? [pick(JOINS), ...nounPhrase(pick), pick(VERBS), ...nounPhrase(pick)] : []
  if (more.length > 0) clause[clause.length - 1] += ','
  const whole = [...clause, ...more]
  whole[whole.length - 1] += '.'
  return whole
}

function nounPhrase(pick: Pick): string[] {
  const noun = pick(NOUNS)
  return pick([0, 1]) === 0 ? [pick(ARTICLES), noun] : [pick(ARTICLES), pick(ADJECTIVES), noun]
}

type Pick = <T>(from: readonly T[]) => T

/** Random choices that are the same for the same seed: xorshift32 (Marsaglia 2003, Xorshift RNGs). */
function pickerOf(seed: number): Pick {
  let state = seed
  return (from) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return from[(state >>> 0) % from.length] as (typeof from)[number]
  }
}

const list = (text: string) => text.trim().split(/\s+/)

const QUESTIONS = ['how does', 'why does', 'when did', 'where is', 'what makes', 'who wrote about']
const ARTICLES = list('the the the a this that every each another our their its')
const PREPOSITIONS = list('in on with from under between before after across without against through beside during')
const JOINS = list('because while although since whenever unless so but and')
const NOUNS = list(`
  river bridge engine letter garden harbour market window teacher doctor machine server database library document
  function compiler network protocol packet archive museum theatre orchestra violin painter sculpture novel chapter
  paragraph sentence village kingdom empire parliament election treaty soldier captain sailor vessel voyage island
  mountain glacier valley desert forest meadow orchard harvest farmer shepherd cattle horse falcon salmon beetle
  bacterium virus protein enzyme antibody receptor membrane nucleus molecule catalyst polymer crystal mineral granite
  limestone volcano earthquake thunderstorm hurricane rainfall temperature pressure radiation telescope galaxy comet
  satellite spacecraft astronaut laboratory experiment hypothesis measurement instrument microscope thermometer
  patient surgeon vaccine antibiotic symptom diagnosis therapy infection fever pregnancy childhood education student
  professor lecture examination scholarship budget invoice salary contract insurance mortgage currency inflation
  recession factory warehouse railway locomotive passenger airport runway highway bicycle carriage kitchen recipe
  butter cinnamon vinegar sourdough dinner breakfast carpenter blacksmith tailor weaver potter candle lantern mirror
  clock calendar password keyboard directory backup thread buffer cursor iterator exception timestamp checksum`)
const VERBS = list(`
  carries crosses measures repairs replaces describes explains contradicts supports follows precedes reaches leaves
  opens closes protects threatens destroys rebuilds discovers examines compares separates combines transports stores
  retrieves compresses encrypts validates rejects accepts delays accelerates interrupts resumes observes records
  translates publishes borrows returns inherits divides multiplies exceeds resembles surrounds illuminates absorbs
  reflects dissolves freezes evaporates inspects schedules cancels confirms neglects improves weakens strengthens`)
const ADJECTIVES = list(`
  narrow broad ancient modern silent crowded fragile durable transparent opaque bitter fragrant distant nearby frequent
  seldom temporary permanent reliable suspicious generous cautious ambitious wooden metallic electric magnetic chronic
  acute hereditary infectious tropical arctic coastal rural urban industrial experimental theoretical statistical
  anonymous public hidden recursive asynchronous immutable concurrent obsolete incompatible volatile renewable`)
