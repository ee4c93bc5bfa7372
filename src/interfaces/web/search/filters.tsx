import { useEffect, useId, useState } from 'preact/hooks'
import type { CollectionStatus } from '../answers.ts'
import { useNavigation } from '../state/navigation.ts'
import { countFilters, type Mode, PAGE } from '../state/place.ts'
import { useTyped } from './field.tsx'
import type { Mistakes } from './use-search.ts'

const MODES: [Mode, label: string, title: string][] = [
  ['hybrid', 'Both', 'By meaning and by words'],
  ['vector', 'Meaning', 'By meaning alone'],
  ['lexical', 'Words', 'By words alone'],
]

interface Props {
  collections: readonly CollectionStatus[]
  mistakes: Mistakes
}

/** What narrows a search: how it searches, where, and what the documents must be. */
export function Filters({ collections, mistakes }: Props) {
  const { place } = useNavigation()
  const narrowing = countFilters(place)
  const [shown, setShown] = useState(narrowing > 0)
  const id = useId()
  const isShown = shown || Object.keys(mistakes).length > 0
  return (
    <div class="filters">
      <ModeChoice />
      <CollectionChoice collections={collections} />
      <button
        type="button"
        class="quiet"
        aria-expanded={isShown}
        aria-controls={id}
        onClick={() => setShown((before) => !before)}
      >
        Filters{narrowing > 0 && <span class="count">{narrowing}</span>}
      </button>
      <div id={id} class="more-filters" hidden={!isShown}>
        <PlaceField name="path" label="Path" hint="src/**/*.ts" mistake={undefined} />
        <PlaceField name="where" label="Metadata" hint="lang=en; year>=1990" mistake={mistakes.where} />
        <PlaceField
          name="least"
          label="Least cosine"
          hint={place.mode === 'lexical' ? 'not of words alone' : '0.30'}
          mistake={mistakes.least}
          disabled={place.mode === 'lexical'}
        />
      </div>
    </div>
  )
}

function ModeChoice() {
  const { place, go } = useNavigation()
  return (
    <fieldset class="modes">
      <legend class="hidden">Search by</legend>
      {MODES.map(([mode, label, title]) => (
        <label key={mode} title={title}>
          <input
            type="radio"
            name="mode"
            value={mode}
            checked={place.mode === mode}
            onChange={() => go({ mode, limit: PAGE })}
          />
          <span class={`ink ${mode}`} aria-hidden="true" />
          {label}
        </label>
      ))}
    </fieldset>
  )
}

function CollectionChoice({ collections }: { collections: readonly CollectionStatus[] }) {
  const { place, go } = useNavigation()
  const names = collections.map(({ name }) => name)
  const shown = place.collection === '' || names.includes(place.collection) ? names : [place.collection, ...names]
  return (
    <label class="choice">
      <span class="hidden">Collection</span>
      <select value={place.collection} onChange={(event) => go({ collection: event.currentTarget.value, limit: PAGE })}>
        <option value="">All collections</option>
        {shown.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

interface FieldProps {
  name: 'path' | 'where' | 'least'
  label: string
  hint: string
  mistake: string | undefined
  disabled?: boolean
}

function PlaceField({ name, label, hint, mistake, disabled = false }: FieldProps) {
  const [value, type] = useTyped(name)
  const [said, setSaid] = useState(mistake)
  const id = useId()
  // A mistake is told once typing pauses; it goes at once.
  useEffect(() => {
    const timer = setTimeout(() => setSaid(mistake), mistake ? 400 : 0)
    return () => clearTimeout(timer)
  }, [mistake])
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        value={value}
        placeholder={hint}
        disabled={disabled}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-invalid={said !== undefined}
        aria-describedby={said ? `${id}-mistake` : undefined}
        onInput={(event) => type(event.currentTarget.value)}
      />
      {said && (
        <p id={`${id}-mistake`} class="mistake" role="alert">
          {said}
        </p>
      )}
    </div>
  )
}
