import { VIEWS, type View } from '../state/place.ts'
import { useTheme } from '../state/theme.ts'
import { PlaceLink } from './place-link.tsx'

const THEMES = { system: 'Auto', light: 'Light', dark: 'Dark' }

/** The head of the page: the views, the colours, the keys. */
export function Banner({ view, onHelp }: { view: View; onHelp(): void }) {
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
        <button type="button" class="quiet" onClick={next} aria-label={`Colours: ${THEMES[theme]}. Change`}>
          {THEMES[theme]}
        </button>
        <button type="button" class="quiet" onClick={onHelp} aria-label="Keys ?">
          ?
        </button>
      </div>
    </header>
  )
}
