import { invalid } from './format.ts'

/** A line of bytes, from 1; one that is too long or no UTF-8 says so instead. */
export type TextLine = { number: number; text: string } | { number: number; error: Error }

/** Characters of a string are limited, and a line is one string. */
const MOST_BYTES = 400_000_000

/** Cuts bytes into lines, as they come; empty ones are left out, and of one with more than `most` bytes nothing is kept. */
export async function* textLines(bytes: AsyncIterable<Uint8Array>, most = MOST_BYTES): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 0
  let held: Uint8Array[] = []
  let length = 0
  const take = (rest: Uint8Array): TextLine | null => {
    number++
    if (length + rest.length > most) return end({ number, error: invalid(`it has more than ${most} bytes`) })
    const whole = held.length === 0 ? rest : Buffer.concat([...held, rest])
    try {
      const text = decoder.decode(whole)
      return end(text.trim() === '' ? null : { number, text })
    } catch {
      return end({ number, error: invalid('it is no UTF-8') })
    }
  }
  const end = (line: TextLine | null) => {
    held = []
    length = 0
    return line
  }
  for await (const piece of bytes) {
    let from = 0
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, from)) {
      const line = take(piece.subarray(from, at))
      from = at + 1
      if (line) yield line
    }
    const rest = piece.subarray(from)
    length += rest.length
    if (length <= most) held.push(rest)
    else held = []
  }
  const last = length > 0 ? take(new Uint8Array()) : null
  if (last) yield last
}
