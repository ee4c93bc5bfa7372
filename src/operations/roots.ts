import { SemdexError } from '../core/errors.ts'
import type { Collection } from '../core/ports/record-store.ts'
import { isUnder } from '../core/text.ts'

/** Which collection a path belongs to. */
export interface Placement {
  /** The collection's name; `exists` says whether it is there. */
  collection: string
  exists: boolean
  /** True where the path becomes a root of its own. */
  newRoot: boolean
}

/**
 * The collection of the most specific root that holds the path, else a new root: in the named collection, or in one
 * that is named after the folder.
 * @throws {SemdexError} `ROOT_TAKEN` where another collection than the named one already holds the path.
 */
export function placePath(path: string, collections: readonly Collection[], named: string | undefined): Placement {
  const holder = holderOf(path, collections)
  if (holder && (named === undefined || named === holder.name)) {
    return { collection: holder.name, exists: true, newRoot: false }
  }
  if (holder) {
    throw new SemdexError('ROOT_TAKEN', {
      message: `${path} is already indexed in the collection ${holder.name}.`,
      fix: `use --collection ${holder.name}, or run \`semdex collections drop ${holder.name}\` first`,
      details: { path, collection: holder.name },
    })
  }
  const collection = named ?? freeName(path, collections)
  return { collection, exists: collections.some(({ name }) => name === collection), newRoot: true }
}

/** The roots below a path that belong to other collections than its own: a walk from above leaves them to those. */
export function innerRoots(path: string, collections: readonly Collection[], own: string): string[] {
  const others = collections.filter(({ name }) => name !== own)
  return others.flatMap(({ roots }) => roots).filter((root) => root !== path && isUnder(root, path))
}

function holderOf(path: string, collections: readonly Collection[]): Collection | undefined {
  const holders = collections.flatMap((collection) =>
    collection.roots.filter((root) => isUnder(path, root)).map((root) => ({ collection, root })),
  )
  return holders.sort((a, b) => b.root.length - a.root.length)[0]?.collection
}

function freeName(path: string, collections: readonly Collection[]): string {
  const last = path.split('/').filter(Boolean).at(-1) ?? 'root'
  const base = last.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[._-]+/, '') || 'root'
  const short = [...base].slice(0, 90).join('')
  const taken = new Set(collections.map(({ name }) => name))
  for (let i = 1; ; i++) {
    const name = i === 1 ? short : `${short}-${i}`
    if (!taken.has(name)) return name
  }
}
