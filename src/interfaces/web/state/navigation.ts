import { createContext } from 'preact'
import { useContext, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { type Place, readPlace, writePlace } from './place.ts'

export interface Navigation {
  place: Place
  /** Grows whenever the place changed by other means than typing: what fields show gives way to it then. */
  moves: number
  /** Goes there, and leaves an entry behind that the browser's back button returns to. */
  go(change: Partial<Place>): void
  /** Goes there once typing pauses. The first letter leaves an entry behind; those that follow are in the same one. */
  type(change: Partial<Place>): void
  /** Goes to what is being typed now; false where nothing is. */
  settle(): boolean
  /** Puts right what the present entry says. */
  correct(change: Partial<Place>): void
  /** The entry before, where this page made it; else there. */
  back(change: Partial<Place>): void
}

/** Milliseconds without a key after which what was typed counts. */
const PAUSE = 150

/** What the page keeps in the browser's history beside the URL. */
interface Entry {
  /** Made by typing, and typing may go on in it. */
  typing: boolean
  /** How many entries of this page lie before it. */
  depth: number
}

const NavigationContext = createContext<Navigation | null>(null)
export const NavigationProvider = NavigationContext.Provider

export function useNavigation(): Navigation {
  const navigation = useContext(NavigationContext)
  if (!navigation) throw new Error('There is no navigation above this component.')
  return navigation
}

/** The page's one navigation, over the browser's history. */
export function useHistory(): Navigation {
  const [state, setState] = useState(() => ({ place: readPlace(location.search), moves: 0 }))
  const actions = useMemo(() => {
    const arrive = (place: Place, moved: boolean) =>
      setState(({ moves }) => ({ place, moves: moves + (moved ? 1 : 0) }))
    return makeActions(arrive)
  }, [])
  useLayoutEffect(() => {
    addEventListener('popstate', actions.arrived)
    return () => removeEventListener('popstate', actions.arrived)
  }, [actions])
  return useMemo(() => ({ ...state, ...actions }), [state, actions])
}

function makeActions(arrive: (place: Place, moved: boolean) => void) {
  let typed: Partial<Place> = {}
  let timer: ReturnType<typeof setTimeout> | undefined

  /** What was typed and has not counted yet. */
  function take(): Partial<Place> {
    clearTimeout(timer)
    const taken = typed
    timer = undefined
    typed = {}
    return taken
  }

  function put(how: 'pushState' | 'replaceState', change: Partial<Place>, next: Entry): void {
    const place = { ...readPlace(location.search), ...change }
    history[how](next, '', writePlace(place))
    arrive(place, !next.typing)
  }

  function push(change: Partial<Place>, typing: boolean): void {
    const { depth } = entry()
    history.replaceState({ depth, typing: false } satisfies Entry, '')
    put('pushState', change, { depth: depth + 1, typing })
  }

  function settle(): boolean {
    const isTyping = timer !== undefined
    const change = take()
    if (isTyping && entry().typing) put('replaceState', change, entry())
    else if (isTyping) push(change, true)
    return isTyping
  }

  return {
    settle,
    type(change: Partial<Place>) {
      clearTimeout(timer)
      typed = { ...typed, ...change }
      timer = setTimeout(settle, PAUSE)
    },
    go: (change: Partial<Place>) => push({ ...take(), ...change }, false),
    correct: (change: Partial<Place>) => put('replaceState', { ...take(), ...change }, { ...entry(), typing: false }),
    back: (change: Partial<Place>) => (entry().depth > 0 ? history.back() : push(change, false)),
    /** The browser went to another entry. */
    arrived() {
      take()
      arrive(readPlace(location.search), true)
    },
  }
}

function entry(): Entry {
  return (history.state as Entry | null) ?? { typing: false, depth: 0 }
}
