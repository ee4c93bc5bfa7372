import { EXIT } from './exit-codes.ts'

export interface Interrupts {
  signal: AbortSignal
  exitCode(): number
}

/**
 * The first Ctrl-C asks the work to stop, the second ends the process. Ending it while ONNX Runtime computes would
 * abort it with a core dump, so that it kills itself.
 */
export function listenForInterrupts(note: (message: string) => void): Interrupts {
  const controller = new AbortController()
  let code: number = EXIT.interrupted
  const stop = (name: 'SIGINT' | 'SIGTERM') => {
    if (controller.signal.aborted) process.kill(process.pid, 'SIGKILL')
    code = name === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
    controller.abort()
    note('Stopping; what is done is kept. Press Ctrl-C again to stop at once.')
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return { signal: controller.signal, exitCode: () => code }
}
