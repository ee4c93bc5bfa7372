import type { Answer, Input } from '../answers.ts'
import { api } from '../api.ts'
import { type Asked, useAsked } from '../state/asked.ts'
import type { Place } from '../state/place.ts'
import { FilterError, readFilter } from './filter-text.ts'

export interface Search extends Asked<Answer<'search'>> {
  /** What is wrong with the filters, by their field; nothing is searched then. */
  mistakes: Mistakes
}

export interface Mistakes {
  where?: string
  least?: string
}

/** Searches whenever the question or a filter changes. */
export function useSearch(place: Place): Search {
  const { query, mode, collection, path, where, least, limit } = place
  const { input, mistakes } = toInput(place)
  const asked = useAsked(
    (signal) => (input === null ? null : api.search(input, signal)),
    [query.trim(), mode, collection, path, where, least, limit],
  )
  return { ...asked, mistakes }
}

function toInput(place: Place): { input: Input<'search'> | null; mistakes: Mistakes } {
  const { query, mode, collection, path, where, limit } = place
  const mistakes: Mistakes = {}
  const least = mode === 'lexical' ? undefined : readLeast(place.least, mistakes)
  const filter = tryFilter(where, path, mistakes)
  if (query.trim() === '' || Object.keys(mistakes).length > 0) return { input: null, mistakes }
  const input: Input<'search'> = {
    query,
    mode,
    limit,
    ...(collection !== '' && { collection }),
    ...(filter && { filter: filter as NonNullable<Input<'search'>['filter']> }),
    ...(least !== undefined && { minSimilarity: least }),
  }
  return { input, mistakes }
}

function tryFilter(where: string, path: string, mistakes: Mistakes) {
  try {
    return readFilter(where, path)
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    mistakes.where = error.message
    return undefined
  }
}

function readLeast(text: string, mistakes: Mistakes): number | undefined {
  if (text.trim() === '') return undefined
  const least = Number(text.replace(',', '.'))
  if (least >= -1 && least <= 1) return least
  mistakes.least = 'A cosine is a number from -1 to 1.'
  return undefined
}
