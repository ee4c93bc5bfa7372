import { hash } from 'node:crypto'
import { safeText } from '../core/text.ts'

/**
 * Digest of what a text says, in hex: texts that differ in nothing but case, spaces and line ends, Unicode forms (NFKC), and
 * full stops or exclamation marks at their end have the same.
 */
export function textDigest(text: string): string {
  const folded = safeText(text).normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
  return hash('sha256', folded.slice(0, endOf(folded)))
}

/** Where the marks at the end begin; 0 is no end: of a text that is nothing else they all count. */
function endOf(text: string): number {
  let end = text.length
  while (end > 0 && ENDINGS.has(text[end - 1] as string)) end--
  return end === 0 ? text.length : end
}

const ENDINGS = new Set(['.', '!', ' ', '。'])
