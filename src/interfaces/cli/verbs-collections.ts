import { SemdexError } from '../../core/errors.ts'
import { CODE_MODEL_FLAG, LAYOUT_FLAG, MODEL_FLAG } from './flags.ts'
import type { Arguments, Positional, Verb } from './verb.ts'

const NAME: Positional = { name: 'name', summary: 'The collection', required: true }

/** The verbs that list, make, change and remove collections. */
export const COLLECTION_VERBS: readonly Verb[] = [
  {
    name: 'collections',
    summary: 'List the collections with their models and roots',
    positionals: [],
    flags: [],
    examples: [{ command: 'semdex collections', summary: 'all of them' }],
    action: {
      operation: 'collections',
      input: () => ({}),
      render: async () => (await import('./render/tables.ts')).renderCollections,
    },
  },
  {
    name: 'collections show',
    summary: 'Show one collection',
    positionals: [NAME],
    flags: [],
    examples: [{ command: 'semdex collections show docs', summary: 'its model, roots and counts' }],
    action: { command: async () => (await import('./commands/show-collection.ts')).showCollectionCommand },
  },
  {
    name: 'collections create',
    summary: 'Make an empty collection with a model',
    positionals: [NAME],
    flags: [MODEL_FLAG, CODE_MODEL_FLAG, { ...LAYOUT_FLAG, initial: 'native' }],
    examples: [
      { command: 'semdex collections create notes --model bge-small-en-v1.5', summary: 'with a model of its own' },
      {
        command: 'semdex collections create work --model jina-embeddings-v3 --code-model Qodo-Embed-1-1.5B',
        summary: 'with one for text and one for code',
      },
    ],
    action: {
      operation: 'collections.create',
      input: ({ positionals: [name], flags }) => ({
        name,
        model: flags.model,
        codeModel: flags['code-model'],
        layout: flags.layout,
      }),
      render: async () => (await import('./render/tables.ts')).renderCreated,
    },
  },
  {
    name: 'collections update',
    summary: 'Give a collection another model for code, or lay its vectors out in another way',
    details:
      'The texts stay. Code waits for vectors of its new model until semdex backfill, semdex index or a server makes them; it is found by keyword meanwhile.',
    positionals: [NAME],
    flags: [
      { ...CODE_MODEL_FLAG, summary: 'The model that reads code from now on', initial: 'as it is' },
      { name: 'no-code-model', type: 'switch', summary: 'The model that reads text reads code, too' },
      { ...LAYOUT_FLAG, initial: 'as it is' },
    ],
    examples: [
      { command: 'semdex collections update work --code-model Qodo-Embed-1-1.5B', summary: 'then: semdex backfill' },
    ],
    action: {
      operation: 'collections.update',
      input: ({ positionals: [name], flags }) => ({ name, codeModel: codeModelOf(flags), layout: flags.layout }),
      render: async () => (await import('./render/tables.ts')).renderUpdated,
    },
  },
  {
    name: 'collections drop',
    summary: 'Remove a collection from the database; files stay untouched',
    positionals: [NAME],
    flags: [],
    examples: [{ command: 'semdex collections drop notes', summary: 'with all its documents and vectors' }],
    action: {
      operation: 'collections.drop',
      input: ({ positionals: [name] }) => ({ name }),
      render: async () => (await import('./render/tables.ts')).renderDropped,
    },
  },
]

/** @throws {SemdexError} `INVALID_INPUT` */
function codeModelOf(flags: Arguments['flags']): unknown {
  if (!flags['no-code-model']) return flags['code-model']
  if (flags['code-model'] === undefined) return null
  throw new SemdexError('INVALID_INPUT', {
    message: '--code-model and --no-code-model exclude each other.',
    fix: 'Give one of them',
    details: { field: 'code-model' },
  })
}
