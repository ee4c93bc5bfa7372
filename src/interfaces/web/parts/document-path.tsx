import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { CollectionStatus } from '../answers.ts'

/** The collections with their folders, so that paths can be told from these on. */
export const CollectionsContext = createContext<readonly CollectionStatus[]>([])

interface Props {
  collection: string
  path: string | null
  id: string
}

/** Where a document is: its collection, and the path from that one's folder on. The whole path is told on hovering. */
export function DocumentPath({ collection, path, id }: Props) {
  const roots = useContext(CollectionsContext).find(({ name }) => name === collection)?.roots ?? []
  return (
    <span class="whereabouts">
      {collection}
      <span aria-hidden="true"> / </span>
      <span class="path" title={path ?? id}>
        {shorten(path ?? id, roots)}
      </span>
    </span>
  )
}

/** The path from the nearest folder on that holds it. */
function shorten(path: string, roots: readonly string[]): string {
  const inside = roots.map((root) => (root.endsWith('/') ? root : `${root}/`)).filter((root) => path.startsWith(root))
  return path.slice(Math.max(0, ...inside.map((root) => root.length)))
}
