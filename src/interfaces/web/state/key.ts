/**
 * The key that the server asks for. It lives as long as the browser's tab; all calls that wait for one are answered by
 * the one that the person gives.
 */
const NAME = 'semdex.key'

/** What shows the question: told why, or null where no key was given yet; answers by `answer`. */
export interface KeyQuestion {
  reason: string | null
  answer(key: string | null): void
}

let ask: ((question: KeyQuestion | null) => void) | null = null
let asking: Promise<string | null> | null = null

/** Who asks the person; told null when the question is over. */
export function onKeyQuestion(show: (question: KeyQuestion | null) => void): void {
  ask = show
}

export function storedKey(): string | null {
  return sessionStorage.getItem(NAME)
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME)
}

/** The key that the person gives, kept from now on; null where there is nobody to ask, or who asks gives up. */
export function keyFromPerson(reason: string | null, signal?: AbortSignal): Promise<string | null> {
  asking ??= new Promise<string | null>((resolve) => {
    if (!ask) return resolve(null)
    ask({ reason, answer: resolve })
  }).then((key) => {
    asking = null
    ask?.(null)
    if (key !== null) sessionStorage.setItem(NAME, key)
    return key
  })
  return signal ? Promise.race([asking, aborted(signal)]) : asking
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new DOMException('The call is not wanted any more.', 'AbortError'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
