import { useLayoutEffect, useState } from 'preact/hooks'
import type { Hit } from './answers.ts'
import { api } from './api.ts'
import { CollectionsView } from './collections/collections-view.tsx'
import { DocumentView } from './document/document-view.tsx'
import { EvaluationView } from './evaluation/evaluation-view.tsx'
import { useAddFiles } from './files/use-add-files.tsx'
import { Banner } from './parts/banner.tsx'
import { CollectionsContext } from './parts/document-path.tsx'
import { Help } from './parts/help.tsx'
import { KeyPrompt } from './parts/key-prompt.tsx'
import { SearchView } from './search/search-view.tsx'
import { useSearch } from './search/use-search.ts'
import { useAsked } from './state/asked.ts'
import { focusSearch, useReturnOfFocus, useTitle } from './state/focus.ts'
import { type KeyQuestion, onKeyQuestion } from './state/key.ts'
import { useKeys } from './state/keys.ts'
import { NavigationProvider, useHistory } from './state/navigation.ts'
import { type OpenDocument, VIEWS } from './state/place.ts'

/** The page. What it shows is what the URL says; the rest is asked of the server. */
export function App() {
  const navigation = useHistory()
  const { place, go } = navigation
  const [help, setHelp] = useState(false)
  const [question, setQuestion] = useState<KeyQuestion | null>(null)
  useLayoutEffect(() => onKeyQuestion(setQuestion), [])
  const status = useAsked((signal) => api.status(signal), [])
  const search = useSearch(place)
  const collections = status.answer?.collections ?? []
  const onAdded = () => {
    status.again()
    search.again()
  }
  const files = useAddFiles({ collections, collection: place.collection, onAdded })
  useKeys({
    '/': () => focusSearch(go),
    '?': () => setHelp(true),
    ...Object.fromEntries(VIEWS.map(([view], at) => [`${at + 1}`, () => go({ view, document: null })])),
  })
  useTitle(place)
  useReturnOfFocus(place)
  const open = place.document
  return (
    <NavigationProvider value={navigation}>
      <CollectionsContext value={collections}>
        <Banner view={place.view} onHelp={() => setHelp(true)} />
        <main id="main" class={open ? 'page with-reader' : 'page'} tabIndex={-1}>
          <div class="view">
            {place.view === 'search' && <SearchView search={search} status={status} />}
            {place.view === 'collections' && <CollectionsView status={status} onAddFiles={files.open} />}
            {place.view === 'evaluation' && <EvaluationView />}
          </div>
          {open && <DocumentView open={open} hit={hitOf(open, search.answer?.hits)} query={place.query} />}
        </main>
        {files.shown}
        {help && <Help onClose={() => setHelp(false)} />}
        {question && <KeyPrompt question={question} />}
      </CollectionsContext>
    </NavigationProvider>
  )
}

function hitOf({ collection, id }: OpenDocument, hits: readonly Hit[] = []): Hit | null {
  return hits.find((hit) => hit.documentId === id && hit.collection === collection) ?? null
}
