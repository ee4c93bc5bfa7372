import { useState } from 'preact/hooks'
import { setSingleKeys, singleKeys } from '../state/keys.ts'
import { Dialog } from './dialog.tsx'

const KEYS: [keys: string[], what: string][] = [
  [['/'], 'Go to the search field'],
  [['↓', 'j'], 'Next result'],
  [['↑', 'k'], 'Result before'],
  [['Enter'], 'Open it at the passage'],
  [['e'], 'Explain why it stands there'],
  [['n', 'p'], 'Next passage of the document, and the one before'],
  [['Esc'], 'Back'],
  [['1', '2', '3'], 'Search, Collections, Evaluation'],
  [['?'], 'These keys'],
]

export function Help({ onClose }: { onClose(): void }) {
  const [on, setOn] = useState(singleKeys)
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => {
            setSingleKeys(event.currentTarget.checked)
            setOn(event.currentTarget.checked)
          }}
        />
        Single letters act
      </label>
    </Dialog>
  )
}
