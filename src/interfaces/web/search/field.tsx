import { useLayoutEffect, useState } from 'preact/hooks'
import { useNavigation } from '../state/navigation.ts'
import { PAGE, type Place } from '../state/place.ts'

/** What a field of the place shows: what is typed, until the place changes by other means. */
export function useTyped(name: 'query' | 'path' | 'where' | 'least') {
  const { place, moves, type } = useNavigation()
  const value = place[name]
  const [typed, setTyped] = useState(value)
  // Before anyone can type again: later it would take back the letters typed since.
  useLayoutEffect(() => setTyped(value), [moves])
  const put = (next: string) => {
    setTyped(next)
    type({ [name]: next, limit: PAGE } as Partial<Place>)
  }
  return [typed, put] as const
}

/** The question. Enter goes to the first answer, as the down key does. */
export function QueryField({ onDown }: { onDown(): void }) {
  const { settle } = useNavigation()
  const [query, type] = useTyped('query')
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault()
      if (!settle()) onDown()
    }
    if (event.key === 'Escape' && query !== '') {
      event.preventDefault()
      type('')
    }
  }
  return (
    <div class="query">
      <label for="query" class="hidden">
        Search
      </label>
      <input
        id="query"
        type="search"
        value={query}
        placeholder="Ask a question, or name some words"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={100_000}
        enterkeyhint="search"
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
    </div>
  )
}
