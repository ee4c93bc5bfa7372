import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { type Place, readPlace, START, writePlace } from './place.ts'

export interface Navigation {
  place: Place
  /** Grows whenever the place changed by other means than typing: what was typed gives way to it then. */
  moves: number
  /** Goes there, and leaves an entry behind that the browser's back button returns to. */
  go(change: Partial<Place>): void
  /** As `go` for the first letter that is typed; those that follow are the same entry. */
  type(change: Partial<Place>): void
  /** Puts right what the present entry says. */
  correct(change: Partial<Place>): void
  /** The entry before, where this page made it; else there. */
  back(change: Partial<Place>): void
}

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
  const arrive = useCallback(
    (place: Place, moved: number) => setState(({ moves }) => ({ place, moves: moves + moved })),
    [],
  )

  useEffect(() => {
    const onPop = () => arrive(readPlace(location.search), 1)
    addEventListener('popstate', onPop)
    return () => removeEventListener('popstate', onPop)
  }, [arrive])

  const actions = useMemo(() => {
    const changed = (change: Partial<Place>) => ({ ...readPlace(location.search), ...change })
    const put = (how: 'pushState' | 'replaceState', place: Place, next: Entry, moved: number) => {
      history[how](next, '', writePlace(place))
      arrive(place, moved)
    }
    const push = (change: Partial<Place>, typing: boolean) => {
      const { depth } = entry()
      history.replaceState({ depth, typing: false } satisfies Entry, '')
      put('pushState', changed(change), { depth: depth + 1, typing }, typing ? 0 : 1)
    }
    return {
      go: (change: Partial<Place>) => push(change, false),
      type: (change: Partial<Place>) =>
        entry().typing ? put('replaceState', changed(change), entry(), 0) : push(change, true),
      correct: (change: Partial<Place>) => put('replaceState', changed(change), entry(), 0),
      back: (change: Partial<Place>) => (entry().depth > 0 ? history.back() : push(change, false)),
    }
  }, [arrive])

  return useMemo(() => ({ ...state, ...actions }), [state, actions])
}

/** What a link to a place says. */
export function linkTo(place: Partial<Place>): string {
  return writePlace({ ...START, ...place })
}

function entry(): Entry {
  return (history.state as Entry | null) ?? { typing: false, depth: 0 }
}
