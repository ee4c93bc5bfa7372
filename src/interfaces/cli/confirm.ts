import { createInterface, type Interface } from 'node:readline'
import { SemdexError } from '../../core/errors.ts'

interface Terminal {
  input: NodeJS.ReadableStream
  output: NodeJS.WritableStream
  signal: AbortSignal
}

/**
 * Whether the person at the terminal says `y` or `yes`. Anything else is a no, so is the end of the input (Ctrl-D).
 * @throws {SemdexError} `ABORTED` by Ctrl-C, which is a key and no signal while a line is read, and by the signal
 */
export async function confirm(question: string, { input, output, signal }: Terminal): Promise<boolean> {
  const lines = createInterface({ input, output })
  const answered = await ask(lines, `${question} [y/N] `, signal)
  lines.close()
  if (typeof answered === 'object') return /^y(es)?$/i.test(answered.line.trim())
  output.write('\n')
  if (answered === 'aborted') throw new SemdexError('ABORTED', { message: 'The operation was aborted.' })
  return false
}

/** Never rejects: of several ends the first counts. */
function ask(lines: Interface, question: string, signal: AbortSignal): Promise<{ line: string } | 'ended' | 'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('aborted')
    signal.addEventListener('abort', () => resolve('aborted'), { once: true })
    lines.once('SIGINT', () => resolve('aborted'))
    lines.once('close', () => resolve('ended'))
    lines.question(question, (line) => resolve({ line }))
  })
}
