import { COLLECTION_FLAG } from './flags.ts'
import type { Verb } from './verb.ts'

/** The verb that moves collections between models. */
export const MIGRATE_VERBS: readonly Verb[] = [
  {
    name: 'migrate',
    summary: 'Move collections to another model, or back',
    details:
      'First says how much there is to embed, how long that takes and how much space, and asks on a terminal. The index of the new model is filled while the old one answers; then the two are compared, and the new one answers from one search to the next. A run that was stopped goes on where it was. The old index is kept until --remove-old, and --rollback goes back to it.',
    positionals: [],
    flags: [
      { name: 'to', type: 'text', value: 'model', summary: "A model's name, or the path of a model's folder" },
      { ...COLLECTION_FLAG, initial: 'all that have another model' },
      {
        name: 'side',
        type: 'choice',
        value: 'side',
        choices: ['text', 'code'],
        summary: 'The model for text, which also reads code where there is none for it, or the one for code',
        initial: 'text',
      },
      { name: 'dry-run', type: 'switch', summary: 'Only say what it would take' },
      { name: 'yes', short: 'y', type: 'switch', summary: 'Do not ask' },
      {
        name: 'eval',
        type: 'path',
        value: 'path',
        summary: 'Compare by judged queries: a folder in BEIR form, or JSON lines {"query", "relevant": [id, …]}',
        initial: 'queries made of your own documents',
      },
      {
        name: 'queries',
        type: 'integer',
        value: 'n',
        summary: 'How many queries to make of your own documents; 0 compares nothing',
        initial: '100',
      },
      {
        name: 'min-overlap',
        type: 'number',
        value: 'share',
        summary: 'Do not switch where the two share less of the first 10 documents: 0.5',
      },
      {
        name: 'min-ndcg-ratio',
        type: 'number',
        value: 'ratio',
        summary: 'Do not switch where nDCG@10 falls below so many times the old one: 0.98 (with --eval)',
      },
      { name: 'status', type: 'switch', summary: 'Show the migrations that are under way or can be taken back' },
      { name: 'rollback', type: 'switch', summary: 'Let the old index answer again' },
      { name: 'remove-old', type: 'switch', summary: 'Remove the old index; there is no way back then' },
      { name: 'abandon', type: 'switch', summary: 'Remove the new index, where the old one answers' },
    ],
    examples: [
      { command: 'semdex migrate --to bge-small-en-v1.5 --dry-run', summary: 'what it would take' },
      { command: 'semdex migrate --to bge-small-en-v1.5 -c notes --min-overlap 0.5', summary: 'one collection' },
      { command: 'semdex migrate --rollback -c notes', summary: 'back to the model before' },
      { command: 'semdex migrate --remove-old -c notes', summary: 'content with the new one' },
    ],
    action: { command: async () => (await import('./commands/migrate.ts')).migrateCommand },
  },
]
