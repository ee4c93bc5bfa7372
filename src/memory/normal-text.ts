import { hash } from 'node:crypto'
import { safeText } from '../core/text.ts'

/**
 * Digest of what a text says, in hex: texts that differ in nothing but case, in spaces and line ends, and in Unicode forms
 * (NFKC) have the same.
 */
export function textDigest(text: string): string {
  return hash('sha256', safeText(text).normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim())
}
