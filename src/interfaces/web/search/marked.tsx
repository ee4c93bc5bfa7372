import type { Matcher } from './words.ts'
import { markWords } from './words.ts'

/** Text with the words that were looked for marked. */
export function Marked({ text, isMatch }: { text: string; isMatch: Matcher }) {
  return (
    <>{markWords(text, isMatch).map(({ text: part, found }, at) => (found ? <mark key={at}>{part}</mark> : part))}</>
  )
}
