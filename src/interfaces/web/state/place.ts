/** Where the person is, as the URL says it: the view, the question with its filters, and the document that is open. */
export interface Place {
  view: View
  query: string
  mode: Mode
  /** Empty: all. */
  collection: string
  /** A shell pattern of paths; empty: any. */
  path: string
  /** Tests of metadata in their plain form; empty: none. */
  where: string
  /** Least cosine, as it was typed; empty: none. */
  least: string
  limit: number
  document: OpenDocument | null
}

export type View = 'search' | 'collections' | 'evaluation'
export const VIEWS: readonly [View, label: string][] = [
  ['search', 'Search'],
  ['collections', 'Collections'],
  ['evaluation', 'Evaluation'],
]

export type Mode = 'hybrid' | 'vector' | 'lexical'

export interface OpenDocument {
  collection: string
  id: string
  /** The passage to show; null: the beginning. */
  lines: [from: number, to: number] | null
}

export const PAGE = 10
const MAX_LIMIT = 1_000

export const START: Place = {
  view: 'search',
  query: '',
  mode: 'hybrid',
  collection: '',
  path: '',
  where: '',
  least: '',
  limit: PAGE,
  document: null,
}

/** From the query part of a URL. What it does not understand is left out. */
export function readPlace(search: string): Place {
  const given = new URLSearchParams(search)
  const text = (name: string) => given.get(name) ?? ''
  const limit = Number(text('n'))
  return {
    view: oneOf(text('view'), ['search', 'collections', 'evaluation']),
    query: text('q'),
    mode: oneOf(text('mode'), ['hybrid', 'vector', 'lexical']),
    collection: text('in'),
    path: text('path'),
    where: text('where'),
    least: text('least'),
    limit: Number.isInteger(limit) && limit >= PAGE && limit <= MAX_LIMIT ? limit : PAGE,
    document: given.has('doc') ? { id: text('doc'), collection: text('of'), lines: readLines(text('lines')) } : null,
  }
}

/** The query part of a URL, with its `?`; of the start nothing but that. */
export function writePlace(place: Place): string {
  const { view, query, mode, collection, path, where, least, limit, document } = place
  const parts = {
    view: view === START.view ? '' : view,
    q: query,
    mode: mode === START.mode ? '' : mode,
    in: collection,
    path,
    where,
    least,
    n: limit === START.limit ? '' : String(limit),
  }
  const given = new URLSearchParams(Object.entries(parts).filter(([, value]) => value !== ''))
  if (document) {
    given.set('doc', document.id)
    given.set('of', document.collection)
    if (document.lines) given.set('lines', document.lines.join('-'))
  }
  return `?${given}`
}

/** How many filters narrow the search, the collection and the mode left out. */
export function countFilters({ path, where, least }: Place): number {
  return [path, where, least].filter((value) => value.trim() !== '').length
}

function oneOf<T extends string>(value: string, known: readonly [T, ...T[]]): T {
  return known.find((each) => each === value) ?? known[0]
}

function readLines(text: string): [number, number] | null {
  const [from, to] = (/^([1-9]\d{0,8})-([1-9]\d{0,8})$/.exec(text)?.slice(1) ?? []).map(Number)
  return from !== undefined && to !== undefined && from <= to ? [from, to] : null
}
