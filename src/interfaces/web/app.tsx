import { useEffect, useRef, useState } from 'preact/hooks'
import { api } from './api.ts'
import { CollectionsView } from './collections/collections-view.tsx'
import { DocumentView } from './document/document-view.tsx'
import { EvaluationView } from './evaluation/evaluation-view.tsx'
import { Help } from './parts/help.tsx'
import { KeyPrompt } from './parts/key-prompt.tsx'
import { PlaceLink } from './parts/place-link.tsx'
import { SearchView } from './search/search-view.tsx'
import { useSearch } from './search/use-search.ts'
import { useAsked } from './state/asked.ts'
import { type KeyQuestion, onKeyQuestion } from './state/key.ts'
import { useKeys } from './state/keys.ts'
import { NavigationProvider, useHistory } from './state/navigation.ts'
import type { Place, View } from './state/place.ts'
import { useTheme } from './state/theme.ts'

const VIEWS: [View, string][] = [
  ['search', 'Search'],
  ['collections', 'Collections'],
  ['evaluation', 'Evaluation'],
]

export function App() {
  const navigation = useHistory()
  const { place, go } = navigation
  const [help, setHelp] = useState(false)
  const [question, setQuestion] = useState<KeyQuestion | null>(null)
  const status = useAsked((signal) => api.status(signal), [])
  const search = useSearch(place)
  useEffect(() => onKeyQuestion(setQuestion), [])
  useKeys({
    '/': () => toSearch(go),
    '?': () => setHelp(true),
    ...Object.fromEntries(VIEWS.map(([view], at) => [`${at + 1}`, () => go({ view, document: null })])),
  })
  useTitle(place)
  useReturnOfFocus(place)
  const open = place.document
  const hit =
    open &&
    (search.answer?.hits.find((each) => each.documentId === open.id && each.collection === open.collection) ?? null)
  return (
    <NavigationProvider value={navigation}>
      <Banner view={place.view} onHelp={() => setHelp(true)} />
      <main id="main" class={open ? 'page with-reader' : 'page'} tabIndex={-1}>
        <div class="view">
          {place.view === 'search' && <SearchView search={search} status={status} />}
          {place.view === 'collections' && <CollectionsView status={status} onAddFiles={() => undefined} />}
          {place.view === 'evaluation' && <EvaluationView />}
        </div>
        {open && <DocumentView open={open} hit={hit} query={place.query} />}
      </main>
      {help && <Help onClose={() => setHelp(false)} />}
      {question && <KeyPrompt question={question} />}
    </NavigationProvider>
  )
}

function Banner({ view, onHelp }: { view: View; onHelp(): void }) {
  const { theme, next } = useTheme()
  return (
    <header class="banner">
      <a class="skip" href="#main">
        To the content
      </a>
      <span class="brand">
        <svg viewBox="0 0 20 14" aria-hidden="true">
          <path class="stroke-words" d="M2 3h16" />
          <path class="stroke-meaning" d="M2 11h9" />
        </svg>
        <span>Semdex</span>
      </span>
      <nav aria-label="Views">
        {VIEWS.map(([each, label]) => (
          <PlaceLink key={each} change={{ view: each, document: null }} current={each === view ? 'page' : false}>
            {label}
          </PlaceLink>
        ))}
      </nav>
      <div class="tools">
        <button type="button" class="quiet" onClick={next} aria-label={`Colours: ${theme}. Change`}>
          {theme === 'system' ? 'Auto' : theme === 'light' ? 'Light' : 'Dark'}
        </button>
        <button type="button" class="quiet" onClick={onHelp} aria-label="Keys">
          ?
        </button>
      </div>
    </header>
  )
}

function toSearch(go: (change: Partial<Place>) => void): void {
  const field = () => document.querySelector<HTMLInputElement>('#query')
  const isHidden = field() === null || field()?.offsetParent === null
  if (isHidden) go({ view: 'search', document: null })
  setTimeout(() => field()?.select())
}

function useTitle({ view, query, document: open }: Place): void {
  useEffect(() => {
    const name = VIEWS.find(([each]) => each === view)?.[1]
    const about = open?.id ?? (view === 'search' ? query : name)
    document.title = about ? `${about} · Semdex` : 'Semdex'
  }, [view, query, open?.id])
}

/** A document that is closed gives the focus back to the link that opened it, another view takes it to its heading. */
function useReturnOfFocus({ view, document: open }: Place): void {
  const before = useRef({ view, open })
  useEffect(() => {
    const last = before.current
    before.current = { view, open }
    if (last.open && !open) {
      const name = `${last.open.collection}/${last.open.id}`
      const link = document.querySelector<HTMLElement>(`[data-hit="${CSS.escape(name)}"]`)
      ;(link ?? document.getElementById('query') ?? document.getElementById('main'))?.focus()
    } else if (last.view !== view) document.getElementById('main')?.focus()
  }, [view, open])
}
