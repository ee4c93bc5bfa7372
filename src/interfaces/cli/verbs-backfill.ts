import { COLLECTION_FLAG } from './flags.ts'
import type { Verb } from './verb.ts'

/** The verb that embeds what waits. */
export const BACKFILL_VERBS: readonly Verb[] = [
  {
    name: 'backfill',
    summary: 'Embed all that is stored and waits for its vectors',
    details:
      'What was stored without vectors, since nobody waited for them, no model could be used, or the model changed. What is done stays: a run that was stopped goes on where it was. Servers and the daemon do the same by themselves.',
    positionals: [],
    flags: [
      { ...COLLECTION_FLAG, initial: 'all' },
      {
        name: 'retry-failed',
        type: 'switch',
        summary: 'Also what the model could not embed before, as after it was changed',
      },
    ],
    examples: [
      { command: 'semdex backfill', summary: 'everything' },
      { command: 'semdex backfill -c notes --json', summary: 'one collection; how many, for a program' },
    ],
    action: { command: async () => (await import('./commands/backfill.ts')).backfillCommand },
  },
]
