import type { TokenCounter } from '../../core/ports/embedder.ts'

/**
 * Counts without a tokenizer: a word of the Latin kind is a token per 4.5 letters, a sign or an ideograph is one.
 * Used where the model's tokenizer is not on this machine.
 */
export const approximateCounter: TokenCounter = {
  id: 'approximate-1',
  count(text) {
    let tokens = 0
    for (const [word] of text.matchAll(wordPattern()))
      tokens += /^[\p{L}\p{N}]/u.test(word) ? Math.ceil(word.length / 4.5) : 1
    return tokens
  },
}

const IDEOGRAPH = '\\p{Script=Han}|\\p{Script=Hiragana}|\\p{Script=Katakana}|\\p{Script=Hangul}'

let pattern: RegExp | undefined

/** Compiled when it is first used: it takes milliseconds, and most processes only ask for the id. */
function wordPattern(): RegExp {
  pattern ??= new RegExp(`(?:(?!${IDEOGRAPH})[\\p{L}\\p{M}\\p{N}])+|[^\\s]`, 'gu')
  return pattern
}
