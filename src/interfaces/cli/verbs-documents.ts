import { COLLECTION_FLAG, FILTER_FLAG, PATH_GLOB_FLAG } from './flags.ts'
import type { Arguments, Verb } from './verb.ts'

const DEFAULT_COLLECTION_FLAG = { ...COLLECTION_FLAG, initial: 'default' }

/** The verbs that list and remove stored documents. */
export const DOCUMENT_VERBS: readonly Verb[] = [
  {
    name: 'documents',
    summary: 'List the documents of a collection, oldest first',
    details: 'With --json the answer has a cursor where there are more: --cursor takes it for the next page.',
    positionals: [],
    flags: [
      DEFAULT_COLLECTION_FLAG,
      FILTER_FLAG,
      PATH_GLOB_FLAG,
      { name: 'limit', short: 'n', type: 'integer', value: 'n', summary: 'The most documents', initial: '100' },
      { name: 'cursor', type: 'text', value: 'cursor', summary: 'The page after the one that gave this' },
      { name: 'text', type: 'switch', summary: 'With the whole texts (--json)' },
    ],
    examples: [
      { command: 'semdex documents -c notes', summary: 'the first hundred' },
      { command: 'semdex documents -c notes -f "year>=2020" --json', summary: 'some of them, for a program' },
    ],
    action: {
      operation: 'documents',
      input: async ({ flags }) => ({
        ...(await filterOf(flags)),
        collection: flags.collection,
        limit: flags.limit,
        cursor: flags.cursor,
        text: flags.text,
      }),
      render: async () => (await import('./render/documents.ts')).renderDocuments,
    },
  },
  {
    name: 'delete',
    summary: 'Remove documents from the database; files stay untouched',
    details:
      'By id, by filter, or all of a collection. A document that came from a file comes back with the next run of `semdex index`, unless the file is gone or ignored.',
    positionals: [{ name: 'id', summary: "A document's id, as search and documents show it", repeatable: true }],
    flags: [
      DEFAULT_COLLECTION_FLAG,
      FILTER_FLAG,
      PATH_GLOB_FLAG,
      { name: 'all', type: 'switch', summary: 'Every document of the collection' },
    ],
    examples: [
      { command: 'semdex delete note-17 note-18', summary: 'two documents' },
      { command: 'semdex delete -c notes -f "year<2000"', summary: 'those that pass a filter' },
      { command: 'semdex delete -c notes --all', summary: 'all; the collection stays, empty' },
    ],
    action: {
      operation: 'delete',
      input: async ({ positionals, flags }) => ({
        ...(await filterOf(flags)),
        ids: positionals.length > 0 ? positionals : undefined,
        all: flags.all,
        collection: flags.collection,
      }),
      render: async () => (await import('./render/documents.ts')).renderDeleted,
    },
  },
]

async function filterOf(flags: Arguments['flags']) {
  const [tests, globs] = [flags.filter, flags['path-glob']] as (string[] | undefined)[]
  if (!tests && !globs) return {}
  const { filterFrom } = await import('./filter-flags.ts')
  return { filter: filterFrom(tests ?? [], globs ?? []) }
}
