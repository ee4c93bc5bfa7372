import { useLayoutEffect, useState } from 'preact/hooks'
import type { NamedFile } from '../api.ts'
import { readDrop } from './read-drop.ts'

/** Whether files hang over the page; calls back with those that are dropped, wherever that is. */
export function useDrop(onFiles: (files: NamedFile[]) => void): boolean {
  const [over, setOver] = useState(false)
  useLayoutEffect(() => {
    // Every element that is entered and left says so; only the balance tells whether the page was left.
    let depth = 0
    const change = (by: number) => {
      depth = Math.max(0, depth + by)
      setOver(depth > 0)
    }
    const handlers: Record<string, (event: DragEvent) => void> = {
      dragenter: () => change(1),
      dragleave: () => change(-1),
      dragover: (event) => event.preventDefault(),
      drop: async (event) => {
        event.preventDefault()
        change(-depth)
        if (event.dataTransfer) onFiles(await readDrop(event.dataTransfer))
      },
    }
    const listening = Object.entries(handlers).map(([name, handle]) => {
      const listener = (event: Event) => {
        if (event instanceof DragEvent && event.dataTransfer?.types.includes('Files')) handle(event)
      }
      addEventListener(name, listener)
      return () => removeEventListener(name, listener)
    })
    return () => {
      for (const stop of listening) stop()
    }
  }, [onFiles])
  return over
}
