import { SemdexError, throwIfAborted } from '../../core/errors.ts'

/**
 * The pieces of a body as they are asked for. One that is not asked for is not read.
 * @throws {SemdexError} `TIMEOUT` where nothing arrives for so many seconds; why the signal fired
 */
export async function* patientBytes(
  body: ReadableStream<Uint8Array>,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader()
  const leave = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', leave, { once: true })
  try {
    for (;;) {
      throwIfAborted(signal)
      const { value, done } = await within(reader.read(), seconds)
      throwIfAborted(signal)
      if (done) return
      yield value
    }
  } finally {
    signal.removeEventListener('abort', leave)
    leave()
  }
}

async function within<T>(next: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent(seconds)), seconds * 1_000)
  })
  try {
    return await Promise.race([next, late])
  } finally {
    clearTimeout(timer)
  }
}

function silent(seconds: number): SemdexError {
  return new SemdexError('TIMEOUT', {
    message: `Nothing more of the body arrived within ${seconds} seconds.`,
    fix: 'Send it again',
    details: { field: 'body', seconds },
  })
}
