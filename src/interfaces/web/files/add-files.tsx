import { useId, useState } from 'preact/hooks'
import type { CollectionStatus } from '../answers.ts'
import type { NamedFile } from '../api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { bytes, count } from '../parts/format.ts'
import { MOST_FILES, readInput } from './read-drop.ts'
import { type Adding, type Outcome, useAdding } from './use-adding.ts'

/** Where files go when there is no collection yet. */
const FIRST = 'default'

interface Props {
  files: readonly NamedFile[]
  collection: string
  collections: readonly CollectionStatus[]
  onFiles(files: NamedFile[]): void
  /** Told when a file was added. */
  onAdded(): void
  onClose(): void
}

/** Adds files to a collection, and says of each what became of it. */
export function AddFiles({ files, collection, collections, onFiles, onAdded, onClose }: Props) {
  const [into, setInto] = useState(collection || (collections[0]?.name ?? FIRST))
  const adding = useAdding(files)
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault()
    await adding.begin(into.trim())
    onAdded()
  }
  return (
    <Dialog title="Add files" onClose={onClose}>
      <form class="stack" onSubmit={onSubmit}>
        {adding.isRunning === null && <ChooseFiles onFiles={onFiles} />}
        <CollectionField into={into} names={collections.map(({ name }) => name)} adding={adding} onChange={setInto} />
        {adding.files.length > 0 && <FileList adding={adding} />}
        <p class="small" role="status">
          {tally(adding)}
        </p>
        <div class="actions">
          {adding.isRunning === false ? (
            <button type="button" class="primary" onClick={onClose}>
              Done
            </button>
          ) : (
            <button type="submit" class="primary" disabled={files.length === 0 || adding.isRunning === true}>
              {adding.isRunning ? 'Adding' : files.length === 0 ? 'Add' : `Add ${count(files.length, 'file')}`}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  )
}

function ChooseFiles({ onFiles }: Pick<Props, 'onFiles'>) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>Drop them anywhere on the page, or choose them</label>
      <input id={id} type="file" multiple onChange={(event) => onFiles(readInput(event.currentTarget.files))} />
    </div>
  )
}

interface FieldProps {
  into: string
  names: readonly string[]
  adding: Adding
  onChange(name: string): void
}

function CollectionField({ into, names, adding, onChange }: FieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>Collection; a new name makes a new one</label>
      <input
        id={id}
        value={into}
        list={`${id}-names`}
        required
        disabled={adding.isRunning !== null}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={`${id}-names`}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  )
}

function FileList({ adding: { files, outcomes } }: { adding: Adding }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
    <section class="files" tabIndex={0} aria-label="Files">
      <ul>
        {files.map(({ name, file }, at) => (
          <li key={name}>
            <span class="path">{name}</span>
            <OutcomeText outcome={outcomes[at] ?? { state: 'waiting' }} size={file.size} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function OutcomeText({ outcome, size }: { outcome: Outcome; size: number }) {
  if (outcome.state === 'waiting') return <span class="outcome figures">{bytes(size)}</span>
  if (outcome.state === 'adding') return <span class="outcome">adding</span>
  if (outcome.state === 'added') return <span class="outcome good figures">{count(outcome.chunks, 'chunk')}</span>
  return (
    <span class="outcome failed">
      {outcome.message} {outcome.fix}
    </span>
  )
}

function tally({ files, outcomes, isRunning }: Adding): string {
  if (files.length >= MOST_FILES) return `Only the first ${MOST_FILES} are taken; semdex index reads whole folders.`
  if (isRunning === null) return ''
  const number = (state: Outcome['state']) => outcomes.filter((outcome) => outcome.state === state).length
  const failed = number('failed')
  return `${number('added')} of ${count(files.length, 'file')} added${failed > 0 ? `, ${failed} failed` : ''}`
}
