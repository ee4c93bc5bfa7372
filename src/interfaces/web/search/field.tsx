import { useEffect, useRef, useState } from 'preact/hooks'
import { useNavigation } from '../state/navigation.ts'

/** Milliseconds without a key after which what was typed counts. */
const PAUSE = 150

/** What a field of the place shows while it is typed into, and how it gets into the place. */
export function useTyped(value: string, put: (value: string) => void, moves: number) {
  const [typed, setTyped] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  useEffect(() => {
    clearTimeout(timer.current)
    setTyped(value)
  }, [moves])

  const settle = (next: string) => {
    clearTimeout(timer.current)
    timer.current = undefined
    put(next)
  }
  return {
    typed,
    type(next: string) {
      setTyped(next)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => settle(next), PAUSE)
    },
    /** Takes what is typed at once. */
    settle: () => settle(typed),
    isSettled: () => typed === value,
  }
}

/** The question. Enter goes to the first answer, as the down key does. */
export function QueryField({ onDown }: { onDown(): void }) {
  const { place, moves, type } = useNavigation()
  const query = useTyped(place.query, (value) => type({ query: value, limit: 10 }), moves)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault()
      if (query.isSettled()) onDown()
      else query.settle()
    }
    if (event.key === 'Escape' && query.typed !== '') {
      event.preventDefault()
      query.type('')
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
        value={query.typed}
        placeholder="Ask a question, or name some words"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={100_000}
        enterkeyhint="search"
        onInput={(event) => query.type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
    </div>
  )
}
