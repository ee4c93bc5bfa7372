import { useState } from 'preact/hooks'
import type { KeyQuestion } from '../state/key.ts'
import { Dialog } from './dialog.tsx'

/** Asks for the key that the server wants. */
export function KeyPrompt({ question }: { question: KeyQuestion }) {
  const [key, setKey] = useState('')
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault()
    if (key.trim() !== '') question.answer(key.trim())
  }
  return (
    <Dialog title="This server wants a key" onClose={() => question.answer(null)}>
      <form class="stack" onSubmit={onSubmit}>
        {question.reason && (
          <p class="mistake" role="alert">
            {question.reason}
          </p>
        )}
        <div class="field">
          <label for="key">Key</label>
          <input
            id="key"
            type="password"
            value={key}
            autocomplete="off"
            spellcheck={false}
            placeholder="semdex_…"
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </div>
        <p class="small">
          It is kept until this tab is closed. <code>semdex keys create</code> makes one.
        </p>
        <div class="actions">
          <button type="submit" class="primary">
            Use it
          </button>
        </div>
      </form>
    </Dialog>
  )
}
