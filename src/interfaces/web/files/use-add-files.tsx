import { useCallback, useState } from 'preact/hooks'
import type { CollectionStatus } from '../answers.ts'
import type { NamedFile } from '../api.ts'
import { AddFiles } from './add-files.tsx'
import { useDrop } from './use-drop.ts'

interface Given {
  collections: readonly CollectionStatus[]
  /** Where files go when nothing else is said; empty: the first collection. */
  collection: string
  onAdded(): void
}

/** Adding files to a collection: by dropping them anywhere on the page, or from what `open` is called by. */
export function useAddFiles({ collections, collection, onAdded }: Given) {
  const [adding, setAdding] = useState<{ files: NamedFile[]; collection: string } | null>(null)
  const take = useCallback((files: NamedFile[]) => setAdding((before) => ({ collection: '', ...before, files })), [])
  const isOver = useDrop(take)
  const dialog = adding && (
    <AddFiles
      files={adding.files}
      collection={adding.collection || collection}
      collections={collections}
      onFiles={take}
      onAdded={onAdded}
      onClose={() => setAdding(null)}
    />
  )
  return {
    open: (into: string) => setAdding({ files: [], collection: into }),
    shown: (
      <>
        {dialog}
        {isOver && <div class="drop">Drop the files to add them</div>}
      </>
    ),
  }
}
