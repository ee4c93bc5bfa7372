import type { ComponentChildren } from 'preact'
import { useNavigation } from '../state/navigation.ts'
import { type Place, writePlace } from '../state/place.ts'

interface Props {
  change: Partial<Place>
  /** What the page shows now: `true` in a list, `page` of the views. */
  current?: boolean | 'page'
  class?: string
  'data-hit'?: string
  children: ComponentChildren
}

/** A link to a place of this page: it can be opened elsewhere, copied and gone back from. */
export function PlaceLink({ change, current = false, children, ...rest }: Props) {
  const { place, go } = useNavigation()
  const onClick = (event: MouseEvent) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    go(change)
  }
  return (
    <a href={writePlace({ ...place, ...change })} aria-current={current || undefined} onClick={onClick} {...rest}>
      {children}
    </a>
  )
}
