import { OPERATION_NAMES } from '../wire/operations.ts'
import type { Verb } from './verb.ts'

/** The verb for what has no verb of its own. */
export const CALL_VERBS: readonly Verb[] = [
  {
    name: 'call',
    summary: 'Run any operation by its name, with its input and answer as JSON',
    details:
      'The operations are those of the HTTP API, with the same input, answer and error codes; vectors are lists of numbers. The answer is always JSON. It ends with 0 wherever the operation has answered, whatever the answer says of single items. A relative path is one of the working directory. A job that jobs.start begins runs in the daemon of the database; without one it runs here, and the command ends with it.',
    positionals: [
      { name: 'operation', summary: 'Its name, as --list has it', completes: OPERATION_NAMES },
      { name: 'json', summary: 'Its input; -: stdin. Without it what stdin holds, and {} where that is empty' },
    ],
    flags: [{ name: 'list', type: 'switch', summary: 'List the operations; so does semdex call alone on a terminal' }],
    examples: [
      { command: 'semdex call --list', summary: 'every operation, with what it does' },
      { command: 'semdex call collections.get \'{"name": "notes"}\'', summary: 'one collection' },
      { command: 'semdex call add - < documents.json', summary: 'the input from a file' },
    ],
    action: { command: async () => (await import('./commands/call.ts')).callCommand },
  },
]
