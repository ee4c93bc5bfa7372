import { useEffect, useRef } from 'preact/hooks'
import { type Place, VIEWS } from './place.ts'

/** Goes to the search field, by way of the search where that is not what the page shows. */
export function focusSearch(go: (change: Partial<Place>) => void): void {
  const field = () => document.querySelector<HTMLInputElement>('#query')
  const shown = field()
  if (shown !== null && shown.offsetParent !== null) shown.select()
  else {
    go({ view: 'search', document: null })
    // What was gone to is there after the next rendering.
    setTimeout(() => field()?.select())
  }
}

/** The tab's title says what the page shows. */
export function useTitle({ view, query, document: open }: Place): void {
  useEffect(() => {
    const name = VIEWS.find(([each]) => each === view)?.[1]
    const about = open?.id ?? (view === 'search' ? query : name)
    document.title = about ? `${about} · Semdex` : 'Semdex'
  }, [view, query, open?.id])
}

/** A document that is closed gives the focus back to the link that opened it; another view takes it to its beginning. */
export function useReturnOfFocus({ view, document: open }: Place): void {
  const before = useRef({ view, open })
  useEffect(() => {
    const last = before.current
    before.current = { view, open }
    if (last.open && !open) {
      const name = `${last.open.collection}/${last.open.id}`
      const link = document.querySelector<HTMLElement>(`[data-hit="${CSS.escape(name)}"]`)
      const target = link ?? document.getElementById('query') ?? document.getElementById('main')
      target?.focus()
    } else if (last.view !== view) document.getElementById('main')?.focus()
  }, [view, open])
}
