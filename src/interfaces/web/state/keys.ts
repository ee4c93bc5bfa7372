import { useLayoutEffect, useRef } from 'preact/hooks'

/** By `event.key`. A handler that answers false leaves the key to others. */
export type KeyHandlers = Record<string, (event: KeyboardEvent) => unknown>

const NAME = 'semdex.keys'

/** Whether single letters act. Who speaks to the computer, or types by accident, may switch them off. */
export function singleKeys(): boolean {
  return localStorage.getItem(NAME) !== 'off'
}

export function setSingleKeys(on: boolean): void {
  localStorage.setItem(NAME, on ? 'on' : 'off')
}

/** Keys that act wherever the focus is, but in a field where one types, and not behind a dialog. */
export function useKeys(handlers: KeyHandlers): void {
  const newest = useRef(handlers)
  newest.current = handlers
  // An effect would begin to listen only after the first painting, and lose the keys that come before it.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const handler = newest.current[event.key]
      if (!handler || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (document.querySelector('dialog[open]')) return
      if (event.key.length === 1 && (!singleKeys() || isField(event.target))) return
      if (event.key.startsWith('Arrow') && isField(event.target)) return
      if (handler(event) !== false) event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, select, textarea, [contenteditable]')
}
