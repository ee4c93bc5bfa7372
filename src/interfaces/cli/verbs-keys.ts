import type { Verb } from './verb.ts'

/** The verbs that look after the keys of the server. */
export const KEY_VERBS: readonly Verb[] = [
  {
    name: 'keys',
    summary: 'List the keys of the server',
    positionals: [],
    flags: [],
    examples: [{ command: 'semdex keys', summary: 'who may do what, and when each was used last' }],
    action: {
      operation: 'keys',
      input: () => ({}),
      render: async () => (await import('./render/keys.ts')).renderKeys,
    },
  },
  {
    name: 'keys create',
    summary: 'Make a key for the server',
    details:
      'It is shown once and not stored. From the first key on, every request to a server of this database needs one; the command line does not.',
    positionals: [{ name: 'name', summary: 'What you call it', required: true }],
    flags: [
      {
        name: 'scope',
        type: 'choice',
        value: 'scope',
        choices: ['read', 'write', 'admin'],
        summary: 'What it may do: search and read; also add and remove documents; everything',
        initial: 'read',
      },
      { name: 'days', type: 'integer', value: 'n', summary: 'Days after which it expires', initial: 'never' },
    ],
    examples: [
      { command: 'semdex keys create website', summary: 'one that may search and read' },
      { command: 'semdex keys create importer --scope write --days 90', summary: 'one that may add, for a while' },
    ],
    action: {
      operation: 'keys.create',
      input: ({ positionals: [name], flags }) => ({ name, scope: flags.scope ?? 'read', days: flags.days }),
      render: async () => (await import('./render/keys.ts')).renderMadeKey,
    },
  },
  {
    name: 'keys revoke',
    summary: 'Refuse a key from now on',
    details: 'A server that runs refuses it within a second.',
    positionals: [{ name: 'id', summary: 'Its id, as semdex keys shows it', required: true }],
    flags: [],
    examples: [{ command: 'semdex keys revoke 3f9a2c81b4d0', summary: 'the key that begins with semdex_3f9a2c81b4d0' }],
    action: {
      operation: 'keys.revoke',
      input: ({ positionals: [id] }) => ({ id }),
      render: async () => (await import('./render/keys.ts')).renderRevoked,
    },
  },
]
